-- Lapses a member's holds that ran out, each at its own moment. Any act that takes points does this first, so nothing
-- waits for the sweeper.
CREATE FUNCTION points._lapse_due(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_hold points_hold;
    v_reference text;
    v_count integer := 0;
BEGIN
    FOR v_hold IN
        SELECT * FROM points_hold h
        WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open AND h.expires_at <= p_moment
        ORDER BY h.expires_at, h.act_id
    LOOP
        v_reference := 'lapse-' || v_hold.act_id;
        PERFORM points._end_hold('lapse', v_hold, 0, NULL, v_reference, points._hash_of(v_reference), v_hold.expires_at, NULL, NULL);
        v_count := v_count + 1;
    END LOOP;
    IF v_count > 0 THEN
        PERFORM points._refresh(p_member, p_purse, p_moment);
    END IF;
    RETURN v_count;
END $$;
