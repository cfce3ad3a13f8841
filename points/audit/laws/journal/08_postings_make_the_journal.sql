-- zh: 每个业务行为的会员科目分录之和等于其交易。
-- en: An act's postings to a member's account add up to its journal row.
SELECT act_id AS act, member_id AS member, purse, j.points AS journal, p.points AS posted
FROM points_journal j
FULL JOIN (
    SELECT x.act_id, x.member_id, x.purse, sum(x.points) AS points
    FROM (SELECT act_id, credit_holder AS member_id, purse, amount AS points FROM points_posting WHERE credit_kind = 'member'
          UNION ALL
          SELECT act_id, debit_holder, purse, -amount FROM points_posting WHERE debit_kind = 'member') x
    GROUP BY 1, 2, 3) p USING (act_id, member_id, purse)
WHERE j.points IS DISTINCT FROM coalesce(p.points, 0)
