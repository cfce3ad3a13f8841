-- Lots, wallets and once-only keys are never deleted either.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['lot', 'wallet', 'hold', 'debt', 'once', 'capusage'] LOOP
        EXECUTE format('CREATE TRIGGER nothing_is_deleted BEFORE DELETE OR TRUNCATE ON points_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE points_%s ENABLE ALWAYS TRIGGER nothing_is_deleted', v_table);
    END LOOP;
END $$;
