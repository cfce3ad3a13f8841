-- ENABLE ALWAYS: a session that sets itself up as a replica does not slip past them.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['act', 'journal', 'posting', 'draw', 'idempotency', 'seal', 'treenode', 'treehead'] LOOP
        EXECUTE format('CREATE TRIGGER the_books_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON points_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE points_%s ENABLE ALWAYS TRIGGER the_books_only_grow', v_table);
    END LOOP;
END $$;

CREATE TRIGGER a_promise_is_kept
    BEFORE UPDATE OF member_id, purse, issuer_id, kind, act_id, granted, usable_from, expires_at, first_expires_at,
                     value_fen, transferable, earmark, source_lot_id, rule_id
    ON points_lot FOR EACH ROW EXECUTE FUNCTION points.guard_lot();
ALTER TABLE points_lot ENABLE ALWAYS TRIGGER a_promise_is_kept;

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

-- Rows that change often leave room on their page for their next version (HOT).
ALTER TABLE points_wallet SET (fillfactor = 70);
ALTER TABLE points_lot SET (fillfactor = 90);

-- Two requests with one hash are one request, so a hash is never missing and never cut short.
ALTER TABLE points_act ADD CONSTRAINT a_request_hash_has_32_bytes CHECK (length(request_hash) = 32);
