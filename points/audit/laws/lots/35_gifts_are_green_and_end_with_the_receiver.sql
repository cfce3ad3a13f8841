-- zh: 家庭转赠只限绿色积分，受赠批次不可再转。
-- en: Only green, transferable points are given, one lot for each lot drawn, and what is received stays.
SELECT a.id AS act, d.lot_id AS source, g.id AS lot, d.points AS drawn, g.granted
FROM points_act a
JOIN points_draw d ON d.act_id = a.id
JOIN points_lot s ON s.id = d.lot_id
FULL JOIN (SELECT l.* FROM points_lot l LEFT JOIN points_act m ON m.id = l.act_id
           WHERE (l.kind = 'gift' OR l.source_lot_id IS NOT NULL) AND m.kind IS DISTINCT FROM 'merge') g
    ON g.act_id = a.id AND g.source_lot_id = d.lot_id
WHERE (a.kind = 'transfer' OR g.id IS NOT NULL)
  AND (a.kind IS DISTINCT FROM 'transfer' OR g.id IS NULL
       OR NOT s.transferable OR s.purse <> 'green' OR s.member_id <> a.member_id OR s.kind = 'gift'
       OR g.transferable OR g.purse <> 'green' OR g.kind <> 'gift' OR g.member_id = a.member_id
       OR g.granted <> -d.points OR g.issuer_id <> s.issuer_id OR g.value_fen <> s.value_fen
       -- As good as what was given: the source may have been extended later, never shortened.
       OR coalesce(g.first_expires_at, g.expires_at) < coalesce(s.first_expires_at, s.expires_at)
       OR (g.expires_at IS NOT NULL AND s.expires_at IS NULL))
UNION ALL
SELECT j.act_id, NULL, NULL, sum(j.points), count(*)
FROM points_journal j JOIN points_act a ON a.id = j.act_id
WHERE a.kind = 'transfer'
GROUP BY j.act_id HAVING sum(j.points) <> 0 OR count(*) <> 2 OR bool_or(j.purse <> 'green')
