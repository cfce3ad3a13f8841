-- Answers a mistaken act by its opposite, once. What it granted is clawed back (by p_policy where spent); what it
-- took goes back to its lots. Holds are released, transfers given back, expiries made good by compensation instead.
CREATE OR REPLACE FUNCTION points.reverse(
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
    v_purse smallint;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    v_survivor := points._lock_with_survivor(v_parent.member_id, '{1,2}');
    v_known := points._known(p_merchant, 10::smallint, NULL, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    IF v_parent.kind NOT IN (1, 2, 3, 5, 12, 13, 14) THEN
        PERFORM points._refuse('HM009', 'not_reversible', jsonb_build_object('kind', v_parent.kind));
    END IF;
    IF EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 10) THEN
        PERFORM points._refuse('HM008', 'already_reversed');
    END IF;
    PERFORM points._require_policy(p_policy);
    -- What was granted is with the survivor of a merge; what was spent goes back to its own lots, and on from there.
    v_is_grant := v_parent.kind IN (1, 2, 12, 14) OR EXISTS (SELECT 1 FROM points_lot l WHERE l.act_id = p_parent);
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
                                 p_parent, p_moment, p_policy, (2 * v_purse - 1)::smallint);
        ELSE
            PERFORM points._reopen(v_parent.member_id, v_survivor);
            PERFORM points._restore(v_act, v_parent, v_purse, p_moment);
        END IF;
    END LOOP;
    PERFORM points._write_act(v_act, 10::smallint, p_merchant, v_member, NULL, p_reference, p_hash, p_moment,
                              p_parent, p_actor, NULL, NULL, p_breakdown);
    IF NOT v_is_grant THEN
        PERFORM points._carry_on(v_parent.member_id, v_survivor, v_act, p_moment);
    END IF;
    IF p_publish THEN
        PERFORM notifications.publish('points.reversed', jsonb_build_object(
            'act', v_act, 'member', coalesce(v_survivor, v_parent.member_id), 'merchant', p_merchant, 'reversed', p_parent,
            'points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 1),
            'green_points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 2)));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

-- What an act granted less what its returns have clawed back, forgiven or made owed: all of it was accounted for.
CREATE OR REPLACE FUNCTION points._still_granted(p_grant bigint, p_purse smallint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(0, coalesce((SELECT sum(l.granted) FROM points_lot l WHERE l.act_id = p_grant AND l.purse = p_purse), 0)
        - coalesce((SELECT sum((a.breakdown #>> ARRAY['clawback', p_purse::text])::bigint)
                    FROM points_act a WHERE a.parent_id = p_grant AND a.kind = 9), 0))::bigint;
END $$;

-- Gives back all that a spend or a negative adjustment still has of its lots, by postings opposite to its own.
CREATE OR REPLACE FUNCTION points._restore(p_act bigint, p_parent points_act, p_purse smallint, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sources bigint[] := points._sources(p_parent);
    v_points bigint;
BEGIN
    SELECT coalesce(-sum(d.points), 0) INTO v_points FROM points_draw d WHERE d.act_id = ANY (v_sources);
    IF v_points > 0 THEN
        PERFORM points._give_back(p_act, v_sources, v_points, p_moment, NULL);
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT p_act, row_number() OVER (ORDER BY n.kind, n.holder), p_purse, n.kind, n.holder, 2, p_parent.member_id, n.amount
        FROM (SELECT p.kind, p.holder, sum(p.amount) AS amount FROM (
                  SELECT credit_kind AS kind, credit_holder AS holder, amount FROM points_posting
                  WHERE act_id = p_parent.id AND credit_kind IN (1, 4)
                  UNION ALL
                  SELECT debit_kind, debit_holder, -amount FROM points_posting q JOIN points_act c ON c.id = q.act_id
                  WHERE c.parent_id = p_parent.id AND c.kind = 15 AND debit_kind IN (1, 4)) p
              GROUP BY p.kind, p.holder HAVING sum(p.amount) > 0) n;
        UPDATE points_wallet w SET balance = w.balance + v_points
        WHERE w.member_id = p_parent.member_id AND w.purse = p_purse;
    END IF;
    PERFORM points._refresh(p_parent.member_id, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_parent.merchant_id, p_parent.member_id, p_purse, v_points, 0);
END $$;
