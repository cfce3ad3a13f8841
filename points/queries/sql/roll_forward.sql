-- By Shanghai month of what occurred: what an issuer (NULL: all of them) issued, took back, had redeemed and saw expire.
-- Points set aside count as outstanding until they are spent; neither a gift inside a family nor a merge
-- of accounts changes anything for its issuer.
WITH drawn AS (
    SELECT d.act_id, d.lot_id, d.points FROM points_draw d
    UNION ALL
    -- A capture spends what its hold drew, less what it gave back.
    SELECT c.id, d.lot_id, d.points
    FROM points_act c JOIN points_draw d ON d.act_id = c.parent_id WHERE c.kind = 'capture'
), moved AS (
    SELECT a.occurred_at, 'issued' AS what, l.granted AS points
    FROM points_lot l JOIN points_act a ON a.id = l.act_id
    WHERE l.source_lot_id IS NULL AND l.purse = %(purse)s AND (l.issuer_id = %(issuer)s OR %(issuer)s IS NULL)
    UNION ALL
    SELECT a.occurred_at,
           CASE WHEN a.kind = 'expiry' OR (a.kind = 'reversal' AND p.kind = 'expiry') THEN 'expired'
                WHEN a.kind IN ('redemption', 'capture', 'refund') OR (a.kind = 'reversal' AND p.kind IN ('redemption', 'capture')) OR l.issuer_id <> a.merchant_id
                    THEN 'redeemed'
                ELSE 'taken_back' END,
           d.points
    FROM drawn d
    JOIN points_act a ON a.id = d.act_id
    JOIN points_lot l ON l.id = d.lot_id
    LEFT JOIN points_act p ON p.id = a.parent_id
    WHERE a.kind NOT IN ('hold', 'release', 'lapse', 'transfer', 'merge') AND l.purse = %(purse)s
      AND (l.issuer_id = %(issuer)s OR %(issuer)s IS NULL)
)
SELECT date_trunc('month', occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
       coalesce(sum(points) FILTER (WHERE what = 'issued'), 0)::bigint AS issued,
       -coalesce(sum(points) FILTER (WHERE what = 'taken_back'), 0)::bigint AS taken_back,
       -coalesce(sum(points) FILTER (WHERE what = 'redeemed'), 0)::bigint AS redeemed,
       -coalesce(sum(points) FILTER (WHERE what = 'expired'), 0)::bigint AS expired
FROM moved GROUP BY 1 ORDER BY 1
