-- What every database of Hongmi starts from, by its owner, before the first migration. May be run again.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hongmi_app, hongmi_pen;

-- What the owner creates, the app may use; the books take this back in their own migration.
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hongmi_app;
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO hongmi_app;

-- Nobody calls a function that nobody was given; a SECURITY DEFINER function open to all would be a back door.
ALTER DEFAULT PRIVILEGES FOR ROLE hongmi_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
