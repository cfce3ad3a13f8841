-- zh: 批次只在有效期满后过期，无有效期的批次永不过期。
-- en: A lot expires only when its validity is over, and one without an end never does.
SELECT a.id AS act, l.id AS lot, a.occurred_at, v.expires_at
FROM points_act a
JOIN points_draw d ON d.act_id = a.id
JOIN points_lot l ON l.id = d.lot_id
LEFT JOIN LATERAL (
    -- The end of validity as this act saw it: a later refund may have given the lot more time. Neither the order nor
    -- "before this act" may reach an index, else a planner walks through the draws of all lots, for each lot.
    SELECT coalesce((SELECT (array_agg(e.expires_at ORDER BY e.act_id DESC) FILTER (WHERE e.act_id < a.id))[1]
                     FROM points_draw e WHERE e.lot_id = l.id AND e.expires_at IS NOT NULL),
                    l.first_expires_at, l.expires_at) AS expires_at
    OFFSET 0) v ON true
WHERE a.kind = 'expiry' AND (v.expires_at IS NULL OR a.occurred_at < v.expires_at)
