-- Moves every open lot as it stands: points, issuer, value, kind, validity, what it is kept for, whether it may be given.
-- Writes postings, the journal rows of both members (those of the base purse always) and both wallets.
CREATE FUNCTION points._move_lots(
    p_act bigint, p_from bigint, p_to bigint, p_merchant bigint, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_purse purse;
    v_points bigint;
BEGIN
    FOREACH v_purse IN ARRAY enum_range(NULL::purse) LOOP
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, source_lot_id,
                                rule_id, purse, kind, value_fen, transferable, earmark)
        SELECT p_to, l.issuer_id, p_act, l.remaining, l.remaining, l.usable_from, l.expires_at, l.id,
               l.rule_id, l.purse, l.kind, l.value_fen, l.transferable, l.earmark
        FROM points_lot l WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open ORDER BY l.id;
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT p_act, l.id, -l.remaining FROM points_lot l
        WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open;
        UPDATE points_lot l SET remaining = 0, is_open = false
        WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open;
        SELECT coalesce(-sum(d.points), 0) INTO v_points
        FROM points_draw d JOIN points_lot l ON l.id = d.lot_id WHERE d.act_id = p_act AND l.purse = v_purse;
        CONTINUE WHEN v_points = 0 AND v_purse = 'green';
        UPDATE points_wallet w SET balance = w.balance - v_points, available = 0, next_change_at = NULL
        WHERE w.member_id = p_from AND w.purse = v_purse;
        UPDATE points_wallet w SET balance = w.balance + v_points WHERE w.member_id = p_to AND w.purse = v_purse;
        PERFORM points._refresh(p_to, v_purse, p_moment);
        PERFORM points._write_posting(
            p_act, CASE v_purse WHEN 'base' THEN 1 ELSE 2 END, v_purse, 'member', p_from, 'member', p_to, v_points);
        PERFORM points._write_journal(p_act, p_merchant, p_from, v_purse, -v_points, 0);
        PERFORM points._write_journal(p_act, p_merchant, p_to, v_purse, v_points, 0);
    END LOOP;
END $$;
