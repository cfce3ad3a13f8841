CREATE FUNCTION points._refresh(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET available = s.available, next_change_at = s.next_change_at
    FROM points._standing(p_member, p_purse, p_moment) s
    WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;
