-- Recomputes what the clock decides from the open lots and holds: what is available, and when that changes next.
CREATE OR REPLACE FUNCTION points._refresh(p_member bigint, p_purse smallint, p_moment timestamptz) RETURNS void
LANGUAGE sql AS $$
    UPDATE points_wallet w
    SET available = l.available,
        next_change_at = least(l.next_change_at, (
            SELECT min(h.expires_at) FROM points_hold h
            WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open))
    FROM (
        SELECT coalesce(sum(o.remaining) FILTER (
                   WHERE o.earmark IS NULL AND o.usable_from <= p_moment
                     AND (o.expires_at IS NULL OR o.expires_at > p_moment)), 0) AS available,
               min(least(CASE WHEN o.usable_from > p_moment THEN o.usable_from END,
                         CASE WHEN o.expires_at > p_moment THEN o.expires_at END)) AS next_change_at
        FROM points_lot o WHERE o.member_id = p_member AND o.purse = p_purse AND o.is_open
    ) l
    WHERE w.member_id = p_member AND w.purse = p_purse
$$;
