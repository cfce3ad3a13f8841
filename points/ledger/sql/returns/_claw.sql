-- Takes points back for p_merchant: first the lots that p_grant granted, pending and earmarked ones too, or
-- the lots into which a merge of accounts moved them; then points of those lots that had expired by then count as taken,
-- because the member has lost them already; then the member's plain usable lots in spend order. A shortfall is forgiven
-- or owed, by p_policy ('refuse' refuses).
-- Lots of another issuer pay this merchant as if spent there: their issuer owes for them, this merchant is made whole.
-- Answers the points taken, and the points that had expired. Call under the wallet's lock; writes postings from p_line
-- on, the journal row and the wallet.
CREATE FUNCTION points._claw(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse purse, p_points bigint, p_grant bigint,
    p_moment timestamptz, p_policy text, p_line integer, OUT o_taken bigint, OUT o_expired bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_expired bigint := CASE WHEN p_points > 0 THEN points._expired_of(p_grant, p_purse, p_moment) ELSE 0 END;
    v_granted bigint[] := ARRAY(SELECT points._lots_of(p_grant));
    v_own bigint;
    v_foreign bigint;
    v_owed bigint;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT l.id, l.remaining, l.issuer_id, l.expires_at,
               CASE WHEN l.id = ANY (v_granted) THEN 1 ELSE 3 END AS turn
        FROM points_lot l
        WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
          AND (l.expires_at IS NULL OR l.expires_at > p_moment)
          AND (l.id = ANY (v_granted) OR (l.earmark IS NULL AND l.usable_from <= p_moment))
        UNION ALL
        SELECT NULL, v_expired, NULL, NULL, 2 WHERE v_expired > 0
    ), queue AS (
        SELECT o.id, o.remaining, o.issuer_id,
               sum(o.remaining) OVER (ORDER BY o.turn, o.expires_at NULLS LAST, o.id
                                      ROWS UNBOUNDED PRECEDING) - o.remaining AS before
        FROM open o
    ), taken AS (
        SELECT q.id, q.issuer_id, least(q.remaining, p_points - q.before)::bigint AS points
        FROM queue q WHERE q.before < p_points
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT p_act, t.id, -t.points FROM taken t WHERE t.id IS NOT NULL
    )
    SELECT coalesce(sum(t.points) FILTER (WHERE t.issuer_id = p_merchant), 0),
           coalesce(sum(t.points) FILTER (WHERE t.issuer_id <> p_merchant), 0),
           coalesce(sum(t.points) FILTER (WHERE t.id IS NULL), 0)
    INTO v_own, v_foreign, o_expired FROM taken t;

    o_taken := v_own + v_foreign;
    IF o_taken < p_points AND p_policy = 'refuse' THEN
        PERFORM points._refuse('HM001', 'insufficient_points',
            jsonb_build_object('available', o_taken, 'missing', p_points - o_taken));
    END IF;
    v_owed := CASE WHEN p_policy = 'owe' THEN p_points - o_taken - o_expired ELSE 0 END;
    PERFORM points._write_posting(p_act, p_line, p_purse, 'member', p_member, 'issuance', p_merchant, v_own);
    PERFORM points._write_posting(p_act, p_line + 1, p_purse, 'member', p_member, 'redeemed', p_merchant, v_foreign);
    IF v_owed > 0 THEN
        INSERT INTO points_debt AS d (member_id, purse, merchant_id, owed) VALUES (p_member, p_purse, p_merchant, v_owed)
        ON CONFLICT (member_id, purse, merchant_id) DO UPDATE SET owed = d.owed + v_owed;
    END IF;
    -- Part of the balance is no longer there: first let go of it, then recompute what is available.
    UPDATE points_wallet w SET balance = w.balance - o_taken, available = least(w.available, w.balance - o_taken),
                               owed = w.owed + v_owed
    WHERE w.member_id = p_member AND w.purse = p_purse;
    PERFORM points._refresh(p_member, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_merchant, p_member, p_purse, -o_taken, v_owed);
END $$;
