-- zh: 每个业务行为至少有一条交易。
-- en: Every act has at least one journal row.
SELECT a.id AS act
FROM points_act a
WHERE NOT EXISTS (SELECT FROM points_journal j WHERE j.act_id = a.id)
