-- The part of a wallet that depends on time, from its open lots and holds: available points, and the next change.
CREATE FUNCTION points._standing(p_member bigint, p_purse purse, p_moment timestamptz)
RETURNS TABLE (available bigint, next_change_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.remaining) FILTER (
               WHERE o.earmark IS NULL AND o.usable_from <= p_moment
                 AND (o.expires_at IS NULL OR o.expires_at > p_moment)), 0)::bigint,
           least(min(points._next_change(o.usable_from, o.expires_at, p_moment)), (
               SELECT min(h.expires_at) FROM points_hold h
               WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open))
    FROM points_lot o WHERE o.member_id = p_member AND o.purse = p_purse AND o.is_open
$$;
