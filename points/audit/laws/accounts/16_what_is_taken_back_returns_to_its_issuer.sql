-- zh: 追回的积分回到其发行商户的发行科目。
-- en: Points taken back from a merchant's own lots return to its issuance account, and only those.
SELECT act_id AS act, issuer, purse, d.points AS drawn, p.points AS posted
FROM (
    SELECT a.id AS act_id, a.merchant_id AS issuer, l.purse, -sum(d.points) AS points
    FROM points_draw d
    JOIN points_act a ON a.id = d.act_id
    JOIN points_lot l ON l.id = d.lot_id AND l.issuer_id = a.merchant_id
    LEFT JOIN points_act p ON p.id = a.parent_id
    WHERE a.kind IN ('purchase', 'award', 'return', 'compensation', 'adjustment', 'opening') OR (a.kind = 'reversal' AND p.kind NOT IN ('redemption', 'capture'))
    GROUP BY 1, 2, 3) d
FULL JOIN (
    SELECT x.act_id, x.issuer, x.purse, sum(x.points) AS points
    FROM (SELECT act_id, credit_holder AS issuer, purse, amount AS points FROM points_posting
          WHERE debit_kind = 'member' AND credit_kind = 'issuance'
          UNION ALL
          SELECT p.act_id, p.debit_holder, p.purse, -p.amount FROM points_posting p JOIN points_act a ON a.id = p.act_id
          WHERE p.debit_kind = 'issuance' AND a.kind = 'reversal') x
    GROUP BY 1, 2, 3) p USING (act_id, issuer, purse)
WHERE coalesce(d.points, 0) <> coalesce(p.points, 0)
