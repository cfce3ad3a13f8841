-- What a member can still spend on anything from lots granted before a moment, by the database's own clock.
SELECT coalesce(sum(l.remaining), 0)
FROM points_lot l
JOIN points_act a ON a.id = l.act_id
WHERE l.member_id = %s AND l.purse = %s AND l.is_open AND l.earmark IS NULL
  AND l.usable_from <= %s AND (l.expires_at IS NULL OR l.expires_at > %s)
  AND a.recorded_at < %s
