-- Run by the owner in every database of Hongmi before the first migration. May be run again.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hongmi_app, hongmi_ledger;

-- The app may use all tables the owner creates; the ledger's migration revokes this for its own tables.
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hongmi_app;
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO hongmi_app;

-- EXECUTE must be granted explicitly, because a SECURITY DEFINER function open to all bypasses every grant.
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
