-- One member's wallets from what occurred until as_of, as far as it was recorded by known_at (NULL: all of it).
-- Lots and draws are read from the ledger alone, so the answer does not depend on when anything was swept.
WITH act AS MATERIALIZED (
    SELECT DISTINCT a.id, a.occurred_at, a.kind, a.parent_id
    FROM points_journal j JOIN points_act a ON a.id = j.act_id
    WHERE j.member_id = %(member)s AND a.occurred_at <= %(as_of)s
      AND (%(known_at)s::timestamptz IS NULL OR a.recorded_at <= %(known_at)s)
), lot AS (
    -- A draw from a lot before its grant, as by a return dated back, reduces the other lots.
    SELECT l.purse, l.usable_from, l.earmark, CASE WHEN g.id IS NULL THEN 0 ELSE l.granted END + coalesce(d.moved, 0) AS points,
           greatest(coalesce(l.first_expires_at, l.expires_at), d.extended_to) AS expires_at
    FROM points_lot l
    LEFT JOIN act g ON g.id = l.act_id
    LEFT JOIN LATERAL (
        SELECT sum(x.points) AS moved, max(x.expires_at) AS extended_to
        FROM points_draw x JOIN act a ON a.id = x.act_id WHERE x.lot_id = l.id
    ) d ON true
    WHERE l.member_id = %(member)s
), standing AS (
    SELECT * FROM lot WHERE points <> 0 AND (expires_at IS NULL OR expires_at > %(as_of)s)
), held AS (
    SELECT h.purse, sum(h.points) AS points, sum(h.points) FILTER (WHERE h.expires_at <= %(as_of)s) AS lapsed
    FROM points_hold h JOIN act b ON b.id = h.act_id
    WHERE h.member_id = %(member)s
      AND NOT EXISTS (SELECT 1 FROM act e WHERE e.parent_id = h.act_id AND e.kind IN ('capture', 'release', 'lapse'))
    GROUP BY h.purse
)
SELECT p.purse,
       (coalesce(s.valid, 0) + coalesce(h.lapsed, 0))::bigint AS balance,
       greatest(coalesce(s.available, 0) + coalesce(h.lapsed, 0), 0)::bigint AS available,
       coalesce(s.pending, 0)::bigint AS pending,
       coalesce(s.earmarked, 0)::bigint AS earmarked,
       (coalesce(h.points, 0) - coalesce(h.lapsed, 0))::bigint AS held,
       (SELECT coalesce(sum(j.owed), 0)::bigint FROM points_journal j JOIN act a ON a.id = j.act_id
        WHERE j.member_id = %(member)s AND j.purse = p.purse) AS owed,
       coalesce(s.expiring, '[]') AS expiring
FROM unnest(enum_range(NULL::purse)) AS p(purse)
LEFT JOIN LATERAL (
    SELECT sum(d.points) AS valid, sum(d.available) AS available, sum(d.pending) AS pending,
           sum(d.earmarked) AS earmarked,
           jsonb_agg(jsonb_build_array(d.points, d.expires_at) ORDER BY d.expires_at)
               FILTER (WHERE d.expires_at IS NOT NULL AND d.points > 0) AS expiring
    FROM (
        SELECT o.expires_at, sum(o.points) AS points,
               sum(o.points) FILTER (WHERE o.points < 0 OR o.usable_from <= %(as_of)s AND o.earmark IS NULL) AS available,
               sum(o.points) FILTER (WHERE o.points > 0 AND o.usable_from > %(as_of)s) AS pending,
               sum(o.points) FILTER (
                   WHERE o.points > 0 AND o.usable_from <= %(as_of)s AND o.earmark IS NOT NULL) AS earmarked
        FROM standing o WHERE o.purse = p.purse GROUP BY o.expires_at) d
) s ON true
LEFT JOIN held h ON h.purse = p.purse
