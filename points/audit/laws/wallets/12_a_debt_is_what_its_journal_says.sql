-- zh: 欠还积分等于交易记录的欠还之和，按商户相符。
-- en: A member's debt to each merchant is the sum of the journal, and the wallet's owed points are the sum of debts.
SELECT 'debt' AS of, member_id AS member, purse, merchant_id AS merchant, d.owed, j.owed AS journal
FROM points_debt d
FULL JOIN (SELECT member_id, purse, merchant_id, sum(owed) AS owed FROM points_journal GROUP BY 1, 2, 3) j
    USING (member_id, purse, merchant_id)
WHERE coalesce(d.owed, 0) <> coalesce(j.owed, 0)
UNION ALL
SELECT 'wallet', member_id, purse, NULL, w.owed, d.owed
FROM points_wallet w
FULL JOIN (SELECT member_id, purse, sum(owed) AS owed FROM points_debt GROUP BY 1, 2) d USING (member_id, purse)
WHERE w.owed IS DISTINCT FROM coalesce(d.owed, 0)
