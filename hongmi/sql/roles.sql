-- The three roles, once per server, by a superuser. May be run again: it then only sets the passwords.
-- The passwords are settings of the session: hongmi.owner_password, hongmi.app_password.
--
-- hongmi_owner migrates and creates test databases. hongmi_ledger owns the functions that write the books and
-- never logs in. hongmi_app serves every request. None of them is a superuser or passes by row-level security.

DO $$
BEGIN
    -- One at a time, because two test runs may meet on one server.
    PERFORM pg_advisory_xact_lock(hashtext('hongmi roles'));

    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hongmi_ledger') THEN
        CREATE ROLE hongmi_ledger NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hongmi_owner') THEN
        CREATE ROLE hongmi_owner LOGIN CREATEDB;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hongmi_app') THEN
        CREATE ROLE hongmi_app LOGIN;
    END IF;

    EXECUTE format('ALTER ROLE hongmi_owner PASSWORD %L', current_setting('hongmi.owner_password'));
    EXECUTE format('ALTER ROLE hongmi_app PASSWORD %L', current_setting('hongmi.app_password'));

    -- Membership, because the owner hands its functions over: ALTER FUNCTION … OWNER TO hongmi_ledger.
    GRANT hongmi_ledger TO hongmi_owner;
END
$$;
