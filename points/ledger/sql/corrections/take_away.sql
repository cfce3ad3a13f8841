-- Takes points away by a correction that one person proposed and another approved; the table refuses fewer than two.
-- (A correction that gives points is points.accrue with the same kind.)
CREATE FUNCTION points.take_away(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_approved_by bigint, p_breakdown jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('adjustment', p_merchant, p_member, p_purse, p_points, NULL, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._claw(v_act, p_merchant, v_begun.o_member, p_purse, p_points, NULL, p_moment, 'refuse', 1);
    PERFORM points._write_act(v_act, 'adjustment', p_merchant, v_begun.o_member, NULL, p_reference, p_hash, p_moment,
                              NULL, p_actor, p_approved_by, NULL, p_breakdown);
    PERFORM notifications.publish('points.taken_away', jsonb_build_object(
        'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    RETURN points._answer(v_act, 'booked');
END $$;
