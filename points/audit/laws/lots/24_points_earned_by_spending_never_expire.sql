-- zh: 消费所得积分终身有效（R34、R36）。
-- en: Points earned by spending have no end.
SELECT l.id AS lot, l.expires_at
FROM points_lot l
WHERE l.kind = 'spend' AND (l.expires_at IS NOT NULL OR l.first_expires_at IS NOT NULL)
