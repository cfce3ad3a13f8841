-- zh: 追回与欠还之和不超过所授予的积分。
-- en: Returns and reversals take back, or make owed, no more than the act granted.
SELECT answer.grant_id AS act, answer.purse, answer.points AS taken, coalesce(l.granted, 0) AS granted
FROM (
    SELECT a.parent_id AS grant_id, j.purse, sum(j.owed - j.points) AS points
    FROM points_act a
    JOIN points_act p ON p.id = a.parent_id AND p.kind IN ('purchase', 'award', 'compensation', 'opening')
    JOIN points_journal j ON j.act_id = a.id
    WHERE a.kind IN ('return', 'reversal') GROUP BY 1, 2) answer
LEFT JOIN (SELECT act_id, purse, sum(granted) AS granted FROM points_lot GROUP BY 1, 2) l
    ON l.act_id = answer.grant_id AND l.purse = answer.purse
WHERE answer.points > coalesce(l.granted, 0)
