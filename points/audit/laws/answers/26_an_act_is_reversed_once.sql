-- zh: 每个业务行为最多被冲正一次。
-- en: No act is reversed twice.
SELECT a.parent_id AS act, count(*) AS reversals
FROM points_act a
WHERE a.kind = 'reversal'
GROUP BY a.parent_id HAVING count(*) > 1
