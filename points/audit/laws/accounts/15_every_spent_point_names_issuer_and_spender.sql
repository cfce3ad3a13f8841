-- zh: 每个被使用的积分都能指出发行商户与使用商户，结算精确到批次。
-- en: Every point spent names its issuer and its spender: the redeemed account moves by the lots drawn, act by act.
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
)
SELECT act_id AS act, spender, purse, s.points AS drawn, p.points AS posted
FROM (SELECT act_id, spender, purse, sum(points) AS points FROM spent GROUP BY 1, 2, 3) s
FULL JOIN (
    SELECT x.act_id, x.spender, x.purse, sum(x.points) AS points
    FROM (SELECT act_id, credit_holder AS spender, purse, amount AS points FROM points_posting WHERE credit_kind = 'redeemed'
          UNION ALL
          SELECT act_id, debit_holder, purse, -amount FROM points_posting WHERE debit_kind = 'redeemed') x
    GROUP BY 1, 2, 3) p USING (act_id, spender, purse)
WHERE coalesce(s.points, 0) <> coalesce(p.points, 0)
