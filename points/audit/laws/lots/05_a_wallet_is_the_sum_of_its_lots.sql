-- zh: 每个积分账户的余额等于其各批次剩余之和。
-- en: The balance of every wallet is what remains of its lots.
SELECT member_id AS member, purse, w.balance, l.remaining
FROM points_wallet w
FULL JOIN (SELECT member_id, purse, sum(remaining) AS remaining FROM points_lot GROUP BY 1, 2) l
    USING (member_id, purse)
WHERE w.balance IS DISTINCT FROM coalesce(l.remaining, 0)
