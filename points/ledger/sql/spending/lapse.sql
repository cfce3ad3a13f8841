-- Sweeps lapsed holds of many members, lowest member first; answers how many ended.
CREATE FUNCTION points.lapse(p_limit integer, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_due record;
    v_count integer := 0;
BEGIN
    FOR v_due IN
        SELECT DISTINCT d.member_id, d.purse FROM (
            SELECT h.member_id, h.purse FROM points_hold h
            WHERE h.is_open AND h.expires_at <= p_moment ORDER BY h.expires_at LIMIT p_limit) d
        ORDER BY 1, 2
    LOOP
        PERFORM points._lock_wallet(v_due.member_id, v_due.purse);
        v_count := v_count + points._lapse_due(v_due.member_id, v_due.purse, p_moment);
    END LOOP;
    RETURN v_count;
END $$;
