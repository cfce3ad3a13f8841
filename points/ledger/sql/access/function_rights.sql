DO $$
DECLARE
    v_function record;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure AS signature, p.proname AS name
        FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO hongmi_ledger', v_function.signature);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function.signature);
        -- A function whose name begins with _ is a step of a ledger function, not an act.
        IF v_function.name NOT LIKE '\_%' AND v_function.name NOT IN ('refuse_change', 'guard_lot') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO hongmi_app', v_function.signature);
        END IF;
    END LOOP;
END $$;
