-- The wallet row is the member's mutex; it is made on first use.
CREATE OR REPLACE FUNCTION points._lock_wallet(p_member bigint, p_purse smallint) RETURNS points_wallet
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

-- Several wallets at once: first all missing ones are made, then all are locked, each time lowest member first and
-- base before green. Not one by one, because an act that holds a lock while it makes a wallet that another act is
-- making, and that other act waits for the lock, would wait for ever.
CREATE OR REPLACE FUNCTION points._lock_wallets(p_members bigint[], p_purses smallint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_wallet (member_id, purse)
    SELECT n.member_id, n.purse FROM unnest(p_members, p_purses) AS n(member_id, purse)
    WHERE NOT EXISTS (SELECT 1 FROM points_wallet w WHERE w.member_id = n.member_id AND w.purse = n.purse)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM points_wallet w JOIN unnest(p_members, p_purses) AS n(member_id, purse) USING (member_id, purse)
    ORDER BY w.member_id, w.purse FOR NO KEY UPDATE OF w;
END $$;
