-- zh: 每条交易后的余额等于此前全部交易之和。
-- en: The balance after every journal row is the sum of the wallet's rows up to it, so it is right for every date.
SELECT r.member_id AS member, r.purse, r.act_id AS act, r.balance_after, r.sum_so_far
FROM (
    SELECT j.*, sum(j.points) OVER (PARTITION BY j.member_id, j.purse ORDER BY j.act_id) AS sum_so_far
    FROM points_journal j) r
WHERE r.balance_after <> r.sum_so_far
