-- Ends a hold under the wallet's lock: p_captured points are spent at its merchant, the rest goes back to its lots.
CREATE OR REPLACE FUNCTION points._end_hold(
    p_kind smallint, p_hold points_hold, p_captured bigint, p_key text, p_reference text, p_hash bytea,
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
    PERFORM points._write_posting(v_act, 1::smallint, p_hold.purse, 3::smallint, p_hold.member_id, 4::smallint, p_hold.merchant_id, p_captured);
    PERFORM points._write_posting(v_act, 2::smallint, p_hold.purse, 3::smallint, p_hold.member_id, 2::smallint, p_hold.member_id, v_back);
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

-- Lapses a member's holds that ran out, each at its own moment. Any act that takes points does this first, so nothing
-- waits for the sweeper.
CREATE OR REPLACE FUNCTION points._lapse_due(p_member bigint, p_purse smallint, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_hold points_hold;
    v_reference text;
    v_count integer := 0;
BEGIN
    FOR v_hold IN
        SELECT * FROM points_hold h
        WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open AND h.expires_at <= p_moment
        ORDER BY h.expires_at, h.act_id
    LOOP
        v_reference := 'lapse-' || v_hold.act_id;
        PERFORM points._end_hold(7::smallint, v_hold, 0, NULL, v_reference, sha256(v_reference::bytea), v_hold.expires_at, NULL, NULL);
        v_count := v_count + 1;
    END LOOP;
    IF v_count > 0 THEN
        PERFORM points._refresh(p_member, p_purse, p_moment);
    END IF;
    RETURN v_count;
END $$;

-- Captures (kind 5) all or p_points of a hold, or releases it (kind 6). After its time it has lapsed, swept or not.
CREATE OR REPLACE FUNCTION points.end_hold(
    p_kind smallint, p_merchant bigint, p_hold bigint, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold points_hold;
    v_known jsonb;
    v_act bigint;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN (5, 6) THEN
        PERFORM points._refuse('HM016', 'unknown_kind');
    END IF;
    SELECT * INTO v_hold FROM points_hold h WHERE h.act_id = p_hold AND h.merchant_id = p_merchant;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'hold_not_found');
    END IF;
    PERFORM points._lock_wallet(v_hold.member_id, v_hold.purse);
    v_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    SELECT * INTO v_hold FROM points_hold h WHERE h.act_id = p_hold;
    IF v_hold.is_open AND v_hold.expires_at <= p_moment
       OR EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_hold AND a.kind = 7) THEN
        PERFORM points._refuse('HM007', 'hold_lapsed', jsonb_build_object('lapsed_at', v_hold.expires_at));
    END IF;
    IF NOT v_hold.is_open THEN
        PERFORM points._refuse('HM006', 'hold_ended');
    END IF;
    IF p_kind = 5 AND (p_points <= 0 OR p_points > v_hold.points) THEN
        PERFORM points._refuse('HM016', 'capture_is_more_than_the_hold', jsonb_build_object('held', v_hold.points));
    END IF;
    v_act := points._end_hold(
        p_kind, v_hold, CASE WHEN p_kind = 5 THEN coalesce(p_points, v_hold.points) ELSE 0 END,
        p_key, p_reference, p_hash, p_moment, p_actor, p_breakdown);
    RETURN points._answer(v_act, 'booked');
END $$;

-- Sweeps lapsed holds of many members, lowest member first; answers how many ended.
CREATE OR REPLACE FUNCTION points.lapse(p_limit integer, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_due record;
    v_count integer := 0;
BEGIN
    FOR v_due IN
        SELECT DISTINCT d.member_id, d.purse FROM (
            SELECT h.member_id, h.purse FROM points_hold h
            WHERE h.is_open AND h.expires_at <= p_moment ORDER BY h.expires_at LIMIT p_limit) d
        ORDER BY 1, 2
    LOOP
        PERFORM points._lock_wallet(v_due.member_id, v_due.purse);
        v_count := v_count + points._lapse_due(v_due.member_id, v_due.purse, p_moment);
    END LOOP;
    RETURN v_count;
END $$;
