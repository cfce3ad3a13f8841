-- The wallet row is the member's mutex; it is made on first use.
CREATE FUNCTION points._lock_wallet(p_member bigint, p_purse purse) RETURNS points_wallet
LANGUAGE plpgsql AS $$
DECLARE
    v_wallet points_wallet;
BEGIN
    SELECT * INTO v_wallet FROM points_wallet w
    WHERE w.member_id = p_member AND w.purse = p_purse FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO points_wallet (member_id, purse) VALUES (p_member, p_purse) ON CONFLICT DO NOTHING;
        SELECT * INTO v_wallet FROM points_wallet w
        WHERE w.member_id = p_member AND w.purse = p_purse FOR NO KEY UPDATE;
    END IF;
    RETURN v_wallet;
END $$;
