-- Takes points back for p_merchant: first the lots that p_grant granted, whatever their state, then the member's
-- plain usable lots in spend order. What is not there is forgiven or owed, by p_policy ('refuse' refuses).
-- Lots of another issuer pay this merchant as if spent there: their issuer owes for them, this merchant is made whole.
-- Answers the points taken. Call under the wallet's lock; writes postings from p_line on, the journal row and the wallet.
CREATE OR REPLACE FUNCTION points._claw(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse smallint, p_points bigint, p_grant bigint,
    p_moment timestamptz, p_policy text, p_line smallint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_own bigint;
    v_foreign bigint;
    v_taken bigint;
    v_owed bigint;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT l.id, l.remaining, l.issuer_id, l.expires_at, l.act_id IS NOT DISTINCT FROM p_grant AS own
        FROM points_lot l
        WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
          AND (l.act_id IS NOT DISTINCT FROM p_grant
               OR (l.earmark IS NULL AND l.usable_from <= p_moment AND (l.expires_at IS NULL OR l.expires_at > p_moment)))
    ), queue AS (
        SELECT o.id, o.remaining, o.issuer_id,
               sum(o.remaining) OVER (ORDER BY NOT o.own, o.expires_at NULLS LAST, o.id) - o.remaining AS before
        FROM open o
    ), taken AS (
        SELECT q.id, q.issuer_id, least(q.remaining, p_points - q.before)::bigint AS points
        FROM queue q WHERE q.before < p_points
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points) SELECT p_act, t.id, -t.points FROM taken t
    )
    SELECT coalesce(sum(t.points) FILTER (WHERE t.issuer_id = p_merchant), 0),
           coalesce(sum(t.points) FILTER (WHERE t.issuer_id <> p_merchant), 0)
    INTO v_own, v_foreign FROM taken t;

    v_taken := v_own + v_foreign;
    IF v_taken < p_points AND p_policy = 'refuse' THEN
        PERFORM points._refuse('HM001', 'insufficient_points',
            jsonb_build_object('available', v_taken, 'missing', p_points - v_taken));
    END IF;
    v_owed := CASE WHEN p_policy = 'owe' THEN p_points - v_taken ELSE 0 END;
    PERFORM points._write_posting(p_act, p_line, p_purse, 2::smallint, p_member, 1::smallint, p_merchant, v_own);
    PERFORM points._write_posting(p_act, (p_line + 1)::smallint, p_purse, 2::smallint, p_member, 4::smallint, p_merchant, v_foreign);
    IF v_owed > 0 THEN
        INSERT INTO points_debt AS d (member_id, purse, merchant_id, owed) VALUES (p_member, p_purse, p_merchant, v_owed)
        ON CONFLICT (member_id, purse, merchant_id) DO UPDATE SET owed = d.owed + v_owed;
    END IF;
    -- Part of the balance is no longer there: first let go of it, then recompute what is available.
    UPDATE points_wallet w SET balance = w.balance - v_taken, available = least(w.available, w.balance - v_taken),
                               owed = w.owed + v_owed
    WHERE w.member_id = p_member AND w.purse = p_purse;
    PERFORM points._refresh(p_member, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_merchant, p_member, p_purse, -v_taken, v_owed);
    RETURN v_taken;
END $$;
