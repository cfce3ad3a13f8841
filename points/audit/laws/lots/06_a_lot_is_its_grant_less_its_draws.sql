-- zh: 每个批次的剩余等于授予数加减全部动用。
-- en: The rest of every lot is its grant less all draws since, refunds included.
SELECT l.id AS lot, l.granted, l.remaining, d.points AS drawn
FROM points_lot l
LEFT JOIN (SELECT lot_id, sum(points) AS points FROM points_draw GROUP BY 1) d ON d.lot_id = l.id
WHERE l.remaining <> l.granted + coalesce(d.points, 0)
   OR l.is_open <> (l.remaining > 0)
