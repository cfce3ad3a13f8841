-- Ends a hold under the wallet's lock: p_captured points are spent at its merchant, the rest goes back to its lots.
CREATE FUNCTION points._end_hold(
    p_kind act_kind, p_hold points_hold, p_captured bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_act bigint;
    v_back bigint := p_hold.points - p_captured;
BEGIN
    IF v_back > 0 THEN
        PERFORM points._expire_due(p_hold.member_id, p_hold.purse, p_moment);
    END IF;
    v_act := nextval('points_act_id_seq');
    IF v_back > 0 THEN
        PERFORM points._give_back(v_act, ARRAY[p_hold.act_id], v_back, p_moment,
            (SELECT a.occurred_at FROM points_act a WHERE a.id = p_hold.act_id));
    END IF;
    PERFORM points._write_act(v_act, p_kind, p_hold.merchant_id, p_hold.member_id, p_key, p_reference, p_hash, p_moment,
                              p_hold.act_id, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, p_hold.purse, 'held', p_hold.member_id, 'redeemed', p_hold.merchant_id, p_captured);
    PERFORM points._write_posting(v_act, 2, p_hold.purse, 'held', p_hold.member_id, 'member', p_hold.member_id, v_back);
    UPDATE points_hold h SET is_open = false WHERE h.act_id = p_hold.act_id;
    UPDATE points_wallet w SET held = w.held - p_hold.points, balance = w.balance + v_back
    WHERE w.member_id = p_hold.member_id AND w.purse = p_hold.purse;
    PERFORM points._refresh(p_hold.member_id, p_hold.purse, p_moment);
    PERFORM points._write_journal(v_act, p_hold.merchant_id, p_hold.member_id, p_hold.purse, v_back, 0);
    IF p_captured > 0 THEN
        PERFORM notifications.publish('points.redeemed', jsonb_build_object(
            'act', v_act, 'member', p_hold.member_id, 'merchant', p_hold.merchant_id, 'purse', p_hold.purse,
            'points', p_captured, 'back', v_back));
    ELSE
        PERFORM notifications.publish('points.released', jsonb_build_object(
            'act', v_act, 'member', p_hold.member_id, 'merchant', p_hold.merchant_id, 'purse', p_hold.purse,
            'points', v_back, 'kind', p_kind));
    END IF;
    RETURN v_act;
END $$;
