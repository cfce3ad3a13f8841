-- zh: 合并会员须经两人同意；每个批次原样转移，来源会员此后账户为空。
-- en: A merge takes two people, moves every lot as it stands, and leaves the duplicate member nothing.
SELECT a.id AS act, d.lot_id AS source, g.id AS lot, d.points AS drawn, g.granted
FROM points_act a
JOIN points_draw d ON d.act_id = a.id
JOIN points_lot s ON s.id = d.lot_id
FULL JOIN (SELECT l.* FROM points_lot l JOIN points_act m ON m.id = l.act_id AND m.kind = 'merge') g
    ON g.act_id = a.id AND g.source_lot_id = d.lot_id
WHERE (a.kind = 'merge' OR g.id IS NOT NULL)
  AND (a.kind IS DISTINCT FROM 'merge' OR g.id IS NULL
       OR s.member_id <> a.member_id OR g.member_id <> (a.breakdown ->> 'into')::bigint OR g.granted <> -d.points
       OR (g.issuer_id, g.purse, g.kind, g.value_fen, g.transferable, g.usable_from, g.earmark, g.rule_id)
          IS DISTINCT FROM
          (s.issuer_id, s.purse, s.kind, s.value_fen, s.transferable, s.usable_from, s.earmark, s.rule_id)
       -- Either may have been extended later, neither was ever shortened.
       OR coalesce(g.first_expires_at, g.expires_at) < coalesce(s.first_expires_at, s.expires_at)
       OR (g.expires_at IS NULL) <> (s.expires_at IS NULL))
UNION ALL
SELECT j.act_id, NULL, NULL, sum(j.points), sum(j.owed)
FROM points_journal j JOIN points_act a ON a.id = j.act_id
WHERE a.kind = 'merge'
GROUP BY j.act_id, j.purse HAVING sum(j.points) <> 0 OR sum(j.owed) <> 0 OR count(*) <> 2
UNION ALL
SELECT a.id, NULL, NULL, a.actor_id, a.approved_by_id
FROM points_act a
LEFT JOIN accounts_membermerge m ON m.id = (a.breakdown ->> 'merge')::bigint AND m.duplicate_id = a.member_id
    AND m.proposed_by_id = a.actor_id AND m.approved_by_id = a.approved_by_id
WHERE a.kind = 'merge' AND (m.id IS NULL OR a.actor_id = a.approved_by_id)
UNION ALL
SELECT NULL, NULL, NULL, w.member_id, w.balance + w.held + w.owed
FROM points_wallet w
WHERE w.is_merged <> EXISTS (SELECT FROM points_act a WHERE a.kind = 'merge' AND a.member_id = w.member_id)
   OR (w.is_merged AND w.balance + w.held + w.owed > 0)
