-- Sets points aside for a spend that is not certain yet. Its lots are drawn at once; it ends once.
CREATE FUNCTION points.hold(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_expires_at timestamptz, p_earmarks text[], p_actor bigint, p_breakdown jsonb,
    p_granted_before timestamptz DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('hold', p_merchant, p_member, p_purse, p_points, p_key, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    IF p_expires_at IS NULL OR p_expires_at <= p_moment OR p_expires_at > p_moment + interval '30 days' THEN
        PERFORM points._refuse('HM016', 'hold_lasts_at_most_30_days');
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, v_begun.o_member, p_purse, p_points, p_moment, p_earmarks, false, p_granted_before);
    PERFORM points._write_act(v_act, 'hold', p_merchant, v_begun.o_member, p_key, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL,
                              coalesce(p_breakdown, '{}') || jsonb_build_object('lapses_at', p_expires_at));
    PERFORM points._write_posting(v_act, 1, p_purse, 'member', v_begun.o_member, 'held', v_begun.o_member, p_points);
    INSERT INTO points_hold (act_id, member_id, merchant_id, points, expires_at, purse)
    VALUES (v_act, v_begun.o_member, p_merchant, p_points, p_expires_at, p_purse);
    UPDATE points_wallet w SET held = w.held + p_points, next_change_at = least(w.next_change_at, p_expires_at)
    WHERE w.member_id = v_begun.o_member AND w.purse = p_purse;
    PERFORM points._write_journal(v_act, p_merchant, v_begun.o_member, p_purse, -p_points, 0);
    PERFORM notifications.publish('points.held', jsonb_build_object(
        'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    RETURN points._answer(v_act, 'booked');
END $$;
