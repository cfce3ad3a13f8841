-- Repays a debt to this merchant from the usable lots that this same act granted. Answers the points repaid.
CREATE FUNCTION points._repay(
    p_act bigint, p_member bigint, p_purse purse, p_merchant bigint, p_points bigint,
    p_moment timestamptz, p_line integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_repaid bigint := points._debt_repayable(p_member, p_purse, p_merchant, p_points);
BEGIN
    IF v_repaid = 0 THEN
        RETURN 0;
    END IF;
    WITH granted AS (
        SELECT l.id, l.remaining, sum(l.remaining) OVER (ORDER BY l.id) AS running
        FROM points_lot l
        WHERE l.act_id = p_act AND l.purse = p_purse AND l.earmark IS NULL AND l.usable_from <= p_moment
          AND (l.expires_at IS NULL OR l.expires_at > p_moment)
    ), taken AS (
        SELECT g.id, least(g.remaining, v_repaid - (g.running - g.remaining)) AS points
        FROM granted g WHERE g.running - g.remaining < v_repaid
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    )
    INSERT INTO points_draw (act_id, lot_id, points) SELECT p_act, t.id, -t.points FROM taken t;
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    VALUES (p_act, p_line, p_purse, 'member', p_member, 'issuance', p_merchant, v_repaid);
    UPDATE points_debt d SET owed = d.owed - v_repaid
    WHERE d.member_id = p_member AND d.purse = p_purse AND d.merchant_id = p_merchant;
    UPDATE points_wallet w SET balance = w.balance - v_repaid, available = w.available - v_repaid,
                               owed = w.owed - v_repaid
    WHERE w.member_id = p_member AND w.purse = p_purse;
    RETURN v_repaid;
END $$;
