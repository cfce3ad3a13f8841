-- Reverses a mistaken act once. Granted points are clawed back (by p_policy where spent); taken points go back to their
-- lots. Holds are released, transfers given back, expiries made good by compensation instead.
CREATE FUNCTION points.reverse(
    p_merchant bigint, p_parent bigint, p_reference text, p_hash bytea, p_moment timestamptz, p_policy text,
    p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_survivor bigint;
    v_member bigint;
    v_is_grant boolean;
    v_known jsonb;
    v_act bigint;
    v_purse purse;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    v_survivor := points._lock_with_survivor(v_parent.member_id, enum_range(NULL::purse));
    v_known := points._known(p_merchant, 'reversal', NULL, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    IF v_parent.kind NOT IN ('purchase', 'award', 'redemption', 'capture', 'compensation', 'adjustment', 'opening') THEN
        PERFORM points._refuse('HM009', 'not_reversible', jsonb_build_object('kind', v_parent.kind));
    END IF;
    IF EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'reversal') THEN
        PERFORM points._refuse('HM008', 'already_reversed');
    END IF;
    PERFORM points._require_policy(p_policy);
    -- The survivor of a merge has the granted points; spent points go back to their own lots, and on from there.
    v_is_grant := v_parent.kind IN ('purchase', 'award', 'compensation', 'opening') OR EXISTS (SELECT 1 FROM points_lot l WHERE l.act_id = p_parent);
    v_member := CASE WHEN v_is_grant THEN coalesce(v_survivor, v_parent.member_id) ELSE v_parent.member_id END;
    -- Other acts first, because the numbers of acts are the order of the journal.
    FOR v_purse IN SELECT j.purse FROM points_journal j WHERE j.act_id = p_parent ORDER BY j.purse LOOP
        PERFORM points._lapse_due(v_member, v_purse, p_moment);
        PERFORM points._expire_due(v_member, v_purse, p_moment);
    END LOOP;
    v_act := nextval('points_act_id_seq');
    FOR v_purse IN SELECT j.purse FROM points_journal j WHERE j.act_id = p_parent ORDER BY j.purse LOOP
        IF v_is_grant THEN
            PERFORM points._claw(v_act, p_merchant, v_member, v_purse, points._still_granted(p_parent, v_purse),
                                 p_parent, p_moment, p_policy, CASE v_purse WHEN 'base' THEN 1 ELSE 3 END);
        ELSE
            PERFORM points._reopen(v_parent.member_id, v_survivor);
            PERFORM points._restore(v_act, v_parent, v_purse, p_moment);
        END IF;
    END LOOP;
    PERFORM points._write_act(v_act, 'reversal', p_merchant, v_member, NULL, p_reference, p_hash, p_moment,
                              p_parent, p_actor, NULL, NULL, p_breakdown);
    IF NOT v_is_grant THEN
        PERFORM points._carry_on(v_parent.member_id, v_survivor, v_act, p_moment);
    END IF;
    IF p_publish THEN
        PERFORM notifications.publish('points.reversed', jsonb_build_object(
            'act', v_act, 'member', coalesce(v_survivor, v_parent.member_id), 'merchant', p_merchant, 'reversed', p_parent,
            'points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 'base'),
            'green_points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 'green')));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;
