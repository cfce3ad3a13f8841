-- zh: 批次只在有效期满后过期，无有效期的批次永不过期。
-- en: A lot expires only when its validity is over, and one without an end never does.
SELECT a.id AS act, l.id AS lot, a.occurred_at, v.expires_at
FROM points_act a
JOIN points_draw d ON d.act_id = a.id
JOIN points_lot l ON l.id = d.lot_id
LEFT JOIN LATERAL (
    -- The end of validity as this act saw it: a later refund may have given the lot more time.
    SELECT coalesce((SELECT e.expires_at FROM points_draw e
                     WHERE e.lot_id = l.id AND e.act_id < a.id AND e.expires_at IS NOT NULL
                     ORDER BY e.act_id DESC LIMIT 1), l.first_expires_at, l.expires_at) AS expires_at) v ON true
WHERE a.kind = 8 AND (v.expires_at IS NULL OR a.occurred_at < v.expires_at)
