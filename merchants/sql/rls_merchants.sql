CREATE FUNCTION public.rls_merchants() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('hongmi.merchants', true), '')::bigint[] $$;

GRANT EXECUTE ON FUNCTION public.rls_merchants() TO hongmi_app, hongmi_ledger;
