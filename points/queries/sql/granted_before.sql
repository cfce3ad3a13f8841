-- Points that a member can spend on anything, from lots recorded before a moment by the database's own clock. A lot moved
-- by a merge of accounts counts from its first grant.
WITH RECURSIVE origin AS (
    SELECT l.remaining, l.act_id, l.source_lot_id
    FROM points_lot l
    WHERE l.member_id = %s AND l.purse = %s AND l.is_open AND l.earmark IS NULL
      AND l.usable_from <= %s AND (l.expires_at IS NULL OR l.expires_at > %s)
    UNION ALL
    SELECT o.remaining, s.act_id, s.source_lot_id
    FROM origin o
    JOIN points_act m ON m.id = o.act_id AND m.kind = 'merge'
    JOIN points_lot s ON s.id = o.source_lot_id
)
SELECT coalesce(sum(o.remaining), 0)
FROM origin o
JOIN points_act a ON a.id = o.act_id
WHERE a.kind <> 'merge' AND a.recorded_at < %s
