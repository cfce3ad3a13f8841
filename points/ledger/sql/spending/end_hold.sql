-- Captures all or p_points of a hold, or releases it. After its time it has lapsed, swept or not.
CREATE FUNCTION points.end_hold(
    p_kind act_kind, p_merchant bigint, p_hold bigint, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold points_hold;
    v_known jsonb;
    v_act bigint;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN ('capture', 'release') THEN
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
       OR EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_hold AND a.kind = 'lapse') THEN
        PERFORM points._refuse('HM007', 'hold_lapsed', jsonb_build_object('lapsed_at', v_hold.expires_at));
    END IF;
    IF NOT v_hold.is_open THEN
        PERFORM points._refuse('HM006', 'hold_ended');
    END IF;
    IF p_kind = 'capture' AND (p_points <= 0 OR p_points > v_hold.points) THEN
        PERFORM points._refuse('HM016', 'capture_is_more_than_the_hold', jsonb_build_object('held', v_hold.points));
    END IF;
    v_act := points._end_hold(
        p_kind, v_hold, CASE WHEN p_kind = 'capture' THEN coalesce(p_points, v_hold.points) ELSE 0 END,
        p_key, p_reference, p_hash, p_moment, p_actor, p_breakdown);
    RETURN points._answer(v_act, 'booked');
END $$;
