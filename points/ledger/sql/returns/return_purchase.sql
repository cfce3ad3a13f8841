-- Books a return of goods: claws back p_base and p_green points of the purchase p_parent, as `returns.clawback_for`
-- computed them from p_seen_returns earlier returns. If another return came in between, 'stale_read': compute again.
CREATE FUNCTION points.return_purchase(
    p_merchant bigint, p_parent bigint, p_seen_returns integer, p_base bigint, p_green bigint, p_key text,
    p_reference text, p_hash bytea, p_occurred_at timestamptz, p_moment timestamptz, p_amount_fen bigint, p_policy text,
    p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_member bigint;
    v_known jsonb;
    v_act bigint;
    v_base record;
    v_green record;
    v_owed record;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant AND a.kind = 'purchase';
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    -- Both wallets however little is clawed back, because a reversal of the same purchase locks both.
    -- After a merge the survivor's wallets are locked, because the survivor has the lots now.
    v_member := coalesce(points._lock_with_survivor(v_parent.member_id, enum_range(NULL::purse)), v_parent.member_id);
    v_known := points._known(p_merchant, 'return', p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_returnable(p_parent, p_seen_returns, p_base, p_green, p_policy, p_occurred_at, p_moment);
    PERFORM points._lapse_due(v_member, 'base', p_moment);
    PERFORM points._lapse_due(v_member, 'green', p_moment);
    v_act := nextval('points_act_id_seq');
    v_base := points._claw(v_act, p_merchant, v_member, 'base', p_base, p_parent, p_moment, p_policy, 1);
    IF p_green > 0 THEN
        v_green := points._claw(v_act, p_merchant, v_member, 'green', p_green, p_parent, p_moment, p_policy, 3);
    ELSE
        SELECT 0::bigint AS o_taken, 0::bigint AS o_expired INTO v_green;
    END IF;
    PERFORM points._write_act(v_act, 'return', p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at,
                              p_parent, p_actor, NULL, p_amount_fen, coalesce(p_breakdown, '{}') || jsonb_build_object(
                                  'clawback', jsonb_build_object('base', p_base, 'green', p_green),
                                  'expired', jsonb_build_object('base', v_base.o_expired, 'green', v_green.o_expired)));
    -- Counted apart, because points already spent are owed and nothing is taken.
    SELECT coalesce(sum(j.owed) FILTER (WHERE j.purse = 'base'), 0) AS base, coalesce(sum(j.owed) FILTER (WHERE j.purse = 'green'), 0) AS green
    INTO v_owed FROM points_journal j WHERE j.act_id = v_act;
    IF p_publish AND v_base.o_taken + v_green.o_taken + v_owed.base + v_owed.green > 0 THEN
        PERFORM notifications.publish('points.clawed_back', jsonb_build_object(
            'act', v_act, 'member', v_member, 'merchant', p_merchant,
            'points', v_base.o_taken, 'green_points', v_green.o_taken, 'owed', v_owed.base, 'green_owed', v_owed.green));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;
