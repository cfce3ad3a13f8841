-- Gives green points inside a family: one act, two wallets, locked lower member first. Membership of the family is
-- read under a share lock, so that leaving and giving cannot cross. Received points cannot be passed on (SPEC D7).
CREATE FUNCTION points.transfer(
    p_platform bigint, p_giver bigint, p_receiver bigint, p_points bigint, p_reference text, p_hash bytea,
    p_moment timestamptz, p_caps jsonb, p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_known jsonb;
    v_act bigint;
    v_cap record;
    v_used bigint;
BEGIN
    PERFORM points._require_points(p_points);
    IF (SELECT count(*) FROM accounts_user u
        WHERE u.id IN (p_giver, p_receiver) AND u.is_active AND u.merged_into_id IS NULL) < 2 THEN
        PERFORM points._refuse('HM012', 'not_in_the_same_family');
    END IF;
    PERFORM points._lock_wallets(ARRAY[p_giver, p_receiver], '{green,green}');
    v_known := points._known(p_platform, 'transfer', NULL, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM 1 FROM accounts_familymember g JOIN accounts_familymember r ON r.family_id = g.family_id
    WHERE g.member_id = p_giver AND g.left_at IS NULL AND r.member_id = p_receiver AND r.left_at IS NULL
    FOR SHARE;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM012', 'not_in_the_same_family');
    END IF;
    PERFORM points._lapse_due(p_giver, 'green', p_moment);
    FOR v_cap IN SELECT c ->> 'key' AS cap, c ->> 'window' AS "window", (c ->> 'limit')::bigint AS "limit"
                 FROM jsonb_array_elements(p_caps) c ORDER BY 1, 2 LOOP
        v_used := points._cap_used(p_giver, v_cap.cap, v_cap."window", false);
        IF v_used + p_points > v_cap."limit" THEN
            PERFORM points._refuse('HM013', 'gift_cap_reached', jsonb_build_object(
                'cap', v_cap.cap, 'limit', v_cap."limit", 'left', greatest(0, v_cap."limit" - v_used)));
        END IF;
        UPDATE points_capusage c SET used = c.used + p_points
        WHERE c.member_id = p_giver AND c.cap = v_cap.cap AND c."window" = v_cap."window";
    END LOOP;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, p_giver, 'green', p_points, p_moment, '{}', true);
    INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, source_lot_id,
                            rule_id, purse, kind, value_fen, transferable)
    SELECT p_receiver, l.issuer_id, v_act, -d.points, -d.points, l.usable_from, l.expires_at, l.id,
           l.rule_id, 'green', 'gift', l.value_fen, false
    FROM points_draw d JOIN points_lot l ON l.id = d.lot_id WHERE d.act_id = v_act ORDER BY l.id;
    UPDATE points_wallet w SET balance = w.balance + p_points WHERE w.member_id = p_receiver AND w.purse = 'green';
    PERFORM points._refresh(p_receiver, 'green', p_moment);
    PERFORM points._write_act(v_act, 'transfer', p_platform, p_giver, NULL, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, 'green', 'member', p_giver, 'member', p_receiver, p_points);
    PERFORM points._write_journal(v_act, p_platform, p_giver, 'green', -p_points, 0);
    PERFORM points._write_journal(v_act, p_platform, p_receiver, 'green', p_points, 0);
    IF p_publish THEN
        PERFORM notifications.publish('points.given', jsonb_build_object(
            'act', v_act, 'member', p_receiver, 'giver', p_giver, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;
