-- One member's wallets at a moment, from the open lots and holds: for a wallet whose stored numbers the clock may
-- have overtaken. A hold that ran out counts as given back, a lot that is over as gone, whether or not swept.
SELECT w.purse,
       coalesce(l.valid, 0) + coalesce(h.lapsed, 0) AS balance,
       coalesce(l.available, 0) + coalesce(h.lapsed, 0) AS available,
       coalesce(l.pending, 0) AS pending,
       coalesce(l.earmarked, 0) AS earmarked,
       w.held - coalesce(h.lapsed, 0) AS held,
       w.owed,
       coalesce(l.expiring, '[]') AS expiring
FROM points_wallet w
LEFT JOIN LATERAL (
    SELECT sum(d.points)::bigint AS valid,
           sum(d.available)::bigint AS available, sum(d.pending)::bigint AS pending, sum(d.earmarked)::bigint AS earmarked,
           jsonb_agg(jsonb_build_array(d.points, d.expires_at) ORDER BY d.expires_at)
               FILTER (WHERE d.expires_at IS NOT NULL) AS expiring
    FROM (
        SELECT o.expires_at, sum(o.remaining) AS points,
               sum(o.remaining) FILTER (WHERE o.usable_from <= %(moment)s AND o.earmark IS NULL) AS available,
               sum(o.remaining) FILTER (WHERE o.usable_from > %(moment)s) AS pending,
               sum(o.remaining) FILTER (WHERE o.usable_from <= %(moment)s AND o.earmark IS NOT NULL) AS earmarked
        FROM points_lot o
        WHERE o.member_id = w.member_id AND o.purse = w.purse AND o.is_open
          AND (o.expires_at IS NULL OR o.expires_at > %(moment)s)
        GROUP BY o.expires_at) d
) l ON true
LEFT JOIN LATERAL (
    SELECT sum(x.points)::bigint AS lapsed FROM points_hold x
    WHERE x.member_id = w.member_id AND x.purse = w.purse AND x.is_open AND x.expires_at <= %(moment)s
) h ON true
WHERE w.member_id = %(member)s
