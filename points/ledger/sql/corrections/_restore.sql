-- Gives back all that a spend or a negative adjustment still has of its lots, by postings opposite to its own.
CREATE FUNCTION points._restore(p_act bigint, p_parent points_act, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sources bigint[] := points._sources(p_parent);
    v_points bigint;
BEGIN
    SELECT coalesce(-sum(d.points), 0) INTO v_points FROM points_draw d WHERE d.act_id = ANY (v_sources);
    IF v_points > 0 THEN
        PERFORM points._give_back(p_act, v_sources, v_points, p_moment, NULL);
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT p_act, row_number() OVER (ORDER BY n.kind, n.holder), p_purse, n.kind, n.holder, 'member', p_parent.member_id, n.amount
        FROM (SELECT p.kind, p.holder, sum(p.amount) AS amount FROM (
                  SELECT credit_kind AS kind, credit_holder AS holder, amount FROM points_posting
                  WHERE act_id = p_parent.id AND credit_kind IN ('issuance', 'redeemed')
                  UNION ALL
                  SELECT debit_kind, debit_holder, -amount FROM points_posting q JOIN points_act c ON c.id = q.act_id
                  WHERE c.parent_id = p_parent.id AND c.kind = 'refund' AND debit_kind IN ('issuance', 'redeemed')) p
              GROUP BY p.kind, p.holder HAVING sum(p.amount) > 0) n;
        UPDATE points_wallet w SET balance = w.balance + v_points
        WHERE w.member_id = p_parent.member_id AND w.purse = p_purse;
    END IF;
    PERFORM points._refresh(p_parent.member_id, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_parent.merchant_id, p_parent.member_id, p_purse, v_points, 0);
END $$;
