-- zh: 每个业务行为的批次授予与动用之和等于其交易。
-- en: An act's grants to and draws from a member's lots add up to its journal row.
SELECT act_id AS act, member_id AS member, purse, j.points AS journal, m.points AS lots
FROM points_journal j
FULL JOIN (
    SELECT x.act_id, x.member_id, x.purse, sum(x.points) AS points
    FROM (SELECT d.act_id, l.member_id, l.purse, d.points FROM points_draw d JOIN points_lot l ON l.id = d.lot_id
          UNION ALL
          SELECT l.act_id, l.member_id, l.purse, l.granted FROM points_lot l) x
    GROUP BY 1, 2, 3) m USING (act_id, member_id, purse)
WHERE j.points IS DISTINCT FROM coalesce(m.points, 0)
