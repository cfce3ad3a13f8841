-- When a lot begins or ceases to be usable, next after p_moment; NULL: never again.
CREATE OR REPLACE FUNCTION points._next_change(p_usable_from timestamptz, p_expires_at timestamptz, p_moment timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(CASE WHEN p_usable_from > p_moment THEN p_usable_from END,
                 CASE WHEN p_expires_at > p_moment THEN p_expires_at END)
$$;

-- What the clock decides of a wallet, from its open lots and holds: what is available, and when that changes next.
CREATE OR REPLACE FUNCTION points._standing(p_member bigint, p_purse smallint, p_moment timestamptz)
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

CREATE OR REPLACE FUNCTION points._refresh(p_member bigint, p_purse smallint, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET available = s.available, next_change_at = s.next_change_at
    FROM points._standing(p_member, p_purse, p_moment) s
    WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;
