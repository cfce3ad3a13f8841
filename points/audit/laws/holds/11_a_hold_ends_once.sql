-- zh: 每笔冻结有其行为，且只结束一次。
-- en: Every hold is a booked act and ends once, or is open.
SELECT h.act_id AS hold, a.id AS act, h.is_open, e.ends
FROM points_hold h
FULL JOIN (SELECT id, kind, member_id, merchant_id FROM points_act WHERE kind = 'hold') a ON a.id = h.act_id
LEFT JOIN points_journal j ON j.act_id = h.act_id AND j.member_id = h.member_id AND j.purse = h.purse
LEFT JOIN (SELECT parent_id, count(*) AS ends FROM points_act WHERE kind IN ('capture', 'release', 'lapse') GROUP BY 1) e
    ON e.parent_id = coalesce(h.act_id, a.id)
WHERE h.act_id IS NULL
   OR (a.member_id, a.merchant_id, j.points) IS DISTINCT FROM (h.member_id, h.merchant_id, -h.points)
   OR coalesce(e.ends, 0) <> CASE WHEN h.is_open THEN 0 ELSE 1 END
