-- Spends points at a merchant, at once. p_earmarks names what is being bought, so that lots kept for it go first.
CREATE FUNCTION points.redeem(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_earmarks text[], p_actor bigint, p_breakdown jsonb, p_publish boolean,
    p_granted_before timestamptz DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('redemption', p_merchant, p_member, p_purse, p_points, p_key, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, v_begun.o_member, p_purse, p_points, p_moment, p_earmarks, false, p_granted_before);
    PERFORM points._write_act(v_act, 'redemption', p_merchant, v_begun.o_member, p_key, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, p_purse, 'member', v_begun.o_member, 'redeemed', p_merchant, p_points);
    PERFORM points._write_journal(v_act, p_merchant, v_begun.o_member, p_purse, -p_points, 0);
    IF p_publish THEN
        PERFORM notifications.publish('points.redeemed', jsonb_build_object(
            'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;
