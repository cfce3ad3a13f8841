-- zh: 每个积分账户的余额等于其全部交易之和。
-- en: The balance of every wallet is the sum of its journal.
SELECT member_id AS member, purse, w.balance, j.points AS journal
FROM points_wallet w
FULL JOIN (SELECT member_id, purse, sum(points) AS points FROM points_journal GROUP BY 1, 2) j USING (member_id, purse)
WHERE w.balance IS DISTINCT FROM coalesce(j.points, 0)
