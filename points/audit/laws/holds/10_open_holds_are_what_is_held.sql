-- zh: 冻结积分等于未结束的冻结之和，也等于冻结科目余额。
-- en: The held points of every wallet are its open holds, and the balance of its held account.
SELECT member_id AS member, purse, w.held, h.points AS holds, p.points AS posted
FROM points_wallet w
FULL JOIN (SELECT member_id, purse, sum(points) AS points FROM points_hold WHERE is_open GROUP BY 1, 2) h
    USING (member_id, purse)
FULL JOIN (
    SELECT x.member_id, x.purse, sum(x.points) AS points
    FROM (SELECT credit_holder AS member_id, purse, amount AS points FROM points_posting WHERE credit_kind = 'held'
          UNION ALL
          SELECT debit_holder, purse, -amount FROM points_posting WHERE debit_kind = 'held') x
    GROUP BY 1, 2) p USING (member_id, purse)
WHERE w.held IS DISTINCT FROM coalesce(h.points, 0)
   OR w.held IS DISTINCT FROM coalesce(p.points, 0)
