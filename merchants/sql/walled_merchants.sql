CREATE FUNCTION public.walled_merchants() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('hongmi.merchants', true), '')::bigint[] $$;

GRANT EXECUTE ON FUNCTION public.walled_merchants() TO hongmi_app, hongmi_pen;
