-- How much of a cap is used, read under its lock. Member 0 is the merchant's own slot: its budget.
CREATE FUNCTION points._cap_used(p_member bigint, p_cap text, p_window text, p_dry_run boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_used bigint;
BEGIN
    IF p_dry_run THEN
        SELECT c.used INTO v_used FROM points_capusage c
        WHERE c.member_id = p_member AND c.cap = p_cap AND c."window" = p_window;
        RETURN coalesce(v_used, 0);
    END IF;
    INSERT INTO points_capusage (member_id, cap, "window", used) VALUES (p_member, p_cap, p_window, 0)
    ON CONFLICT DO NOTHING;
    SELECT c.used INTO v_used FROM points_capusage c
    WHERE c.member_id = p_member AND c.cap = p_cap AND c."window" = p_window FOR NO KEY UPDATE;
    RETURN v_used;
END $$;
