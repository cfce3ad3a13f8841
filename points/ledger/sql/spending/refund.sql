-- Gives back points of a redemption or a capture, any number of times, never more than was spent (SPEC D8).
-- Where the member was merged meanwhile, the points go on to the survivor in the same breath.
CREATE FUNCTION points.refund(
    p_merchant bigint, p_parent bigint, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_purse purse;
    v_survivor bigint;
    v_known jsonb;
    v_act bigint;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant AND a.kind IN ('redemption', 'capture');
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    SELECT j.purse INTO v_purse FROM points_journal j WHERE j.act_id = p_parent;
    v_survivor := points._lock_with_survivor(v_parent.member_id, ARRAY[v_purse]);
    v_known := points._known(p_merchant, 'refund', p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_points(p_points);
    PERFORM points._expire_due(v_parent.member_id, v_purse, p_moment);
    PERFORM points._reopen(v_parent.member_id, v_survivor);
    v_act := nextval('points_act_id_seq');
    PERFORM points._give_back(v_act, points._sources(v_parent), p_points, p_moment, NULL);
    PERFORM points._write_act(v_act, 'refund', p_merchant, v_parent.member_id, p_key, p_reference, p_hash, p_moment,
                              p_parent, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, v_purse, 'redeemed', p_merchant, 'member', v_parent.member_id, p_points);
    UPDATE points_wallet w SET balance = w.balance + p_points WHERE w.member_id = v_parent.member_id AND w.purse = v_purse;
    PERFORM points._refresh(v_parent.member_id, v_purse, p_moment);
    PERFORM points._write_journal(v_act, p_merchant, v_parent.member_id, v_purse, p_points, 0);
    PERFORM points._carry_on(v_parent.member_id, v_survivor, v_act, p_moment);
    IF p_publish THEN
        PERFORM notifications.publish('points.refunded', jsonb_build_object(
            'act', v_act, 'member', coalesce(v_survivor, v_parent.member_id), 'merchant', p_merchant, 'purse', v_purse, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;
