CREATE TRIGGER a_promise_is_kept
    BEFORE UPDATE OF member_id, purse, issuer_id, kind, act_id, granted, usable_from, expires_at, first_expires_at,
                     value_fen, transferable, earmark, source_lot_id, rule_id
    ON points_lot FOR EACH ROW EXECUTE FUNCTION points.guard_lot();
ALTER TABLE points_lot ENABLE ALWAYS TRIGGER a_promise_is_kept;
