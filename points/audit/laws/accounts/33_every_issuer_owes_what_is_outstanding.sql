-- zh: 每家发行商户：发行 − 使用 − 过期 = 未用积分。
-- en: For every issuer, issued − redeemed − expired is what is outstanding, lot by lot.
WITH drawn AS (
    SELECT d.act_id, d.lot_id, d.points FROM points_draw d
    UNION ALL
    -- A capture spends what its hold drew, less what it gave back.
    SELECT c.id, d.lot_id, d.points
    FROM points_act c JOIN points_draw d ON d.act_id = c.parent_id WHERE c.kind = 'capture'
), spent AS (
    SELECT a.id AS act_id, a.merchant_id AS spender, l.issuer_id AS issuer, l.purse, -sum(d.points) AS points
    FROM drawn d
    JOIN points_act a ON a.id = d.act_id
    JOIN points_lot l ON l.id = d.lot_id
    LEFT JOIN points_act p ON p.id = a.parent_id
    WHERE a.kind NOT IN ('hold', 'release', 'lapse', 'expiry', 'transfer', 'merge')
      AND (a.kind IN ('redemption', 'capture', 'refund') OR (a.kind = 'reversal' AND p.kind IN ('redemption', 'capture'))
           -- Taking back another issuer's points counts as spending them here.
           OR l.issuer_id <> a.merchant_id)
    GROUP BY 1, 2, 3, 4
),
moved AS (
    SELECT debit_holder AS issuer, purse, amount AS points FROM points_posting WHERE debit_kind = 'issuance'
    UNION ALL SELECT credit_holder, purse, -amount FROM points_posting WHERE credit_kind = 'issuance'
    UNION ALL SELECT credit_holder, purse, -amount FROM points_posting WHERE credit_kind = 'expired'
    UNION ALL SELECT debit_holder, purse, amount FROM points_posting WHERE debit_kind = 'expired'
    UNION ALL SELECT issuer, purse, -points FROM spent
), outstanding AS (
    SELECT issuer_id AS issuer, purse, remaining AS points FROM points_lot WHERE is_open
    UNION ALL
    SELECT l.issuer_id, l.purse, -d.points
    FROM points_hold h JOIN points_draw d ON d.act_id = h.act_id JOIN points_lot l ON l.id = d.lot_id WHERE h.is_open
)
SELECT issuer, purse, m.points AS expected, o.points AS outstanding
FROM (SELECT issuer, purse, sum(points) AS points FROM moved GROUP BY 1, 2) m
FULL JOIN (SELECT issuer, purse, sum(points) AS points FROM outstanding GROUP BY 1, 2) o USING (issuer, purse)
WHERE coalesce(m.points, 0) <> coalesce(o.points, 0)
