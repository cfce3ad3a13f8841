-- Lets an act give points back to the lots of a merged member; points._carry_on takes them on and closes again.
CREATE FUNCTION points._reopen(p_member bigint, p_survivor bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET is_merged = false WHERE w.member_id = p_member AND w.is_merged AND p_survivor IS NOT NULL;
END $$;
