-- Points that the act p_after gave back to a merged member go on to the survivor at once, by an act of the same merge.
CREATE FUNCTION points._carry_on(p_member bigint, p_survivor bigint, p_after bigint, p_moment timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_reference text := 'merge-after-' || p_after;
    v_platform bigint := (SELECT m.id FROM merchants_merchant m WHERE m.is_platform);
    v_merge accounts_membermerge;
    v_act bigint;
BEGIN
    IF p_survivor IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO v_merge FROM accounts_membermerge g
    WHERE g.duplicate_id = p_member AND g.approved_by_id IS NOT NULL ORDER BY g.id DESC LIMIT 1;
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, p_member, p_survivor, v_platform, p_moment);
    PERFORM points._write_act(v_act, 'merge', v_platform, p_member, NULL, v_reference, points._hash_of(v_reference),
        p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object('merge', v_merge.id, 'into', p_survivor, 'after', p_after));
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = p_member;
END $$;
