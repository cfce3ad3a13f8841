-- Row-level security (hongmi/lib/row_scope.py) shows only rows of the merchants in the setting. Without the setting, as
-- in jobs and for the platform, all rows are visible. A setting local to a transaction reads '' afterwards.
CREATE FUNCTION public.rls_is_open() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('hongmi.merchants', true), '') = '' $$;

GRANT EXECUTE ON FUNCTION public.rls_is_open() TO hongmi_app, hongmi_ledger;
