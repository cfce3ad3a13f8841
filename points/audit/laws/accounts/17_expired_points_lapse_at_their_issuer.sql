-- zh: 过期积分记入其发行商户的过期科目。
-- en: Points that expired are posted to the expired account of the merchant who issued them.
SELECT act_id AS act, issuer, purse, d.points AS drawn, p.points AS posted
FROM (
    SELECT a.id AS act_id, l.issuer_id AS issuer, l.purse, -sum(d.points) AS points
    FROM points_draw d
    JOIN points_act a ON a.id = d.act_id
    JOIN points_lot l ON l.id = d.lot_id
    WHERE a.kind = 'expiry' GROUP BY 1, 2, 3) d
FULL JOIN (
    SELECT x.act_id, x.issuer, x.purse, sum(x.points) AS points
    FROM (SELECT act_id, credit_holder AS issuer, purse, amount AS points FROM points_posting WHERE credit_kind = 'expired'
          UNION ALL
          SELECT act_id, debit_holder, purse, -amount FROM points_posting WHERE debit_kind = 'expired') x
    GROUP BY 1, 2, 3) p USING (act_id, issuer, purse)
WHERE d.points IS DISTINCT FROM p.points
