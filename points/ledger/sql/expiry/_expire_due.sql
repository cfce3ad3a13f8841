-- The same for one wallet whose lock is held: due lots expire before points come back to them.
CREATE FUNCTION points._expire_due(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_lot l WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
                                            AND l.expires_at <= p_moment) THEN
        PERFORM points._expire(ARRAY[p_member], ARRAY[p_purse], p_moment, true);
    END IF;
END $$;
