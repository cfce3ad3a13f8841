-- Several wallets at once: first all missing ones are made, then all are locked, each time lowest member first and
-- base before green. Not one by one, because an act that holds a lock while it makes a wallet that another act is
-- making, and that other act waits for the lock, would wait for ever. Answers the members who owe points (NULL: none).
DROP FUNCTION points._lock_wallets(bigint[], smallint[]);
CREATE FUNCTION points._lock_wallets(p_members bigint[], p_purses smallint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_wallet (member_id, purse)
    SELECT n.member_id, n.purse FROM unnest(p_members, p_purses) AS n(member_id, purse)
    WHERE NOT EXISTS (SELECT 1 FROM points_wallet w WHERE w.member_id = n.member_id AND w.purse = n.purse)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    RETURN (SELECT array_agg(l.member_id) FILTER (WHERE l.owed > 0) FROM (
        SELECT w.member_id, w.owed
        FROM points_wallet w JOIN unnest(p_members, p_purses) AS n(member_id, purse) USING (member_id, purse)
        ORDER BY w.member_id, w.purse FOR NO KEY UPDATE OF w) l);
END $$;
