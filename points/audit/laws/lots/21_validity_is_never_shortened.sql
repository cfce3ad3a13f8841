-- zh: 批次的有效期只可延后，不得提前（R39）。
-- en: The validity of a lot only ever moved later, by an act that says so.
WITH step AS (
    SELECT d.lot_id, d.act_id, d.expires_at, lag(d.expires_at) OVER acts AS before,
           lead(d.act_id) OVER acts IS NULL AS is_last
    FROM points_draw d WHERE d.expires_at IS NOT NULL
    WINDOW acts AS (PARTITION BY d.lot_id ORDER BY d.act_id)
)
SELECT l.id AS lot, s.act_id AS act, l.first_expires_at, l.expires_at, s.expires_at AS extended_to
FROM points_lot l
LEFT JOIN step s ON s.lot_id = l.id
WHERE (s.lot_id IS NULL AND l.first_expires_at IS NOT NULL)
   OR (s.lot_id IS NOT NULL AND l.first_expires_at IS NULL)
   OR s.expires_at <= coalesce(s.before, l.first_expires_at)
   OR (s.is_last AND l.expires_at IS DISTINCT FROM s.expires_at)
