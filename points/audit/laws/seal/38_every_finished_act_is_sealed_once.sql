-- zh: 已完成的业务行为均已封存，且只封存一次，树叶连续无缺。
-- en: Every act that the last head covers is sealed, once, and the leaves stand in a row without a gap.
WITH head AS (
    SELECT * FROM points_treehead ORDER BY id DESC LIMIT 1
)
SELECT a.id AS act, NULL::bigint AS leaf, 'not sealed' AS why
FROM points_act a, head h
WHERE NOT EXISTS (SELECT FROM points_seal s WHERE s.act_id = a.id)
  AND (a.recorded_at <= h.horizon_at
       -- Transaction numbers say nothing after a restore into a server that counts from less.
       OR (a.xid::text::bigint < h.sealed_xid
           AND h.sealed_xid <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint))
UNION ALL
SELECT s.act_id, s.leaf_index, 'no such act'
FROM points_seal s
WHERE NOT EXISTS (SELECT FROM points_act a WHERE a.id = s.act_id)
UNION ALL
SELECT s.act_id, min(s.leaf_index), 'sealed twice' FROM points_seal s GROUP BY s.act_id HAVING count(*) > 1
UNION ALL
SELECT NULL, s.leaves, 'leaves are missing or too many'
FROM (SELECT count(*) AS leaves, coalesce(max(leaf_index) + 1, 0) AS last FROM points_seal) s
WHERE s.leaves <> s.last OR s.leaves <> coalesce((SELECT h.tree_size FROM head h), 0)
