-- The second wall (hongmi/lib/row_scope.py): behind it only rows of the merchants in the setting are there. Without the
-- setting, as in jobs and for the platform, all are. A setting that was local to a transaction reads '' afterwards.
CREATE FUNCTION public.rls_is_open() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('hongmi.merchants', true), '') = '' $$;

GRANT EXECUTE ON FUNCTION public.rls_is_open() TO hongmi_app, hongmi_ledger;
