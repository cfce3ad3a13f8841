-- The member alone.
CREATE FUNCTION points._member_of(p_merchant bigint, p_member uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT s.member_id FROM points._as_seen(p_merchant, p_member) s);
END $$;
