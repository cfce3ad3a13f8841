-- zh: 退还的积分不超过所使用的，逐批次相符。
-- en: No more points come back than were spent, neither in all nor to any one lot.
WITH family AS (
    -- A spend, its hold, and what answered either.
    SELECT s.id AS spend, s.id AS act_id FROM points_act s WHERE s.kind IN ('redemption', 'capture')
    UNION ALL
    SELECT s.id, s.parent_id FROM points_act s WHERE s.kind = 'capture'
    UNION ALL
    SELECT a.parent_id, a.id FROM points_act a WHERE a.kind IN ('reversal', 'refund')
)
SELECT f.spend, d.lot_id AS lot, sum(d.points) AS points
FROM family f JOIN points_draw d ON d.act_id = f.act_id JOIN points_act s ON s.id = f.spend AND s.kind IN ('redemption', 'capture')
GROUP BY f.spend, d.lot_id HAVING sum(d.points) > 0
UNION ALL
SELECT s.id, NULL, sum(CASE WHEN p.debit_kind = 'redeemed' THEN p.amount ELSE -p.amount END)
FROM points_act s
JOIN family f ON f.spend = s.id
JOIN points_posting p ON p.act_id = f.act_id AND 'redeemed' IN (p.debit_kind, p.credit_kind)
WHERE s.kind IN ('redemption', 'capture')
GROUP BY s.id HAVING sum(CASE WHEN p.debit_kind = 'redeemed' THEN p.amount ELSE -p.amount END) > 0
