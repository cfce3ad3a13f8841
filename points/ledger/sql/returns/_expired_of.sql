-- Points of an act's lots that had expired by p_moment, swept or not, less those that earlier returns counted.
CREATE FUNCTION points._expired_of(p_grant bigint, p_purse purse, p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(CASE WHEN l.expires_at <= p_moment THEN l.remaining ELSE 0 END - coalesce(s.points, 0)), 0)
        FROM points_lot l
        LEFT JOIN LATERAL (SELECT sum(d.points) AS points FROM points_draw d JOIN points_act a ON a.id = d.act_id
                           WHERE d.lot_id = l.id AND a.kind = 'expiry') s ON l.expires_at IS NOT NULL
        WHERE l.id IN (SELECT points._lots_of(p_grant)) AND l.purse = p_purse
    ) - (
        SELECT coalesce(sum((a.breakdown #>> ARRAY['expired', p_purse::text])::bigint), 0)
        FROM points_act a WHERE a.parent_id = p_grant AND a.kind = 'return'
    );
END $$;
