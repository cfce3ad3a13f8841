-- Acts find rows by key even in small tables. A connection that planned while the ledger was empty, and known to be,
-- would otherwise scan whole tables for every act until the next ANALYZE: a third slower after two thousand acts.
DO $$
DECLARE
    v_act regprocedure;
BEGIN
    FOR v_act IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace AND p.prosecdef LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', v_act);
    END LOOP;
END $$;
