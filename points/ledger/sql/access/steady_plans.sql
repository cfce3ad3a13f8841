-- What an act needs is found by key, however few rows there are. A connection that made its plans while the books were
-- empty, and known to be, would else read them whole for every act until they are analysed again: a third slower after
-- two thousand acts.
DO $$
DECLARE
    v_act regprocedure;
BEGIN
    FOR v_act IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace AND p.prosecdef LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', v_act);
    END LOOP;
END $$;
