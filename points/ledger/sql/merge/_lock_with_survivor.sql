-- Locks the wallets of a member whose earlier act is corrected, and after a merge the survivor's too, all in one order.
-- Returns the survivor or NULL. If a merge was booked while this waited, the caller retries.
CREATE FUNCTION points._lock_with_survivor(p_member bigint, p_purses purse[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_survivor bigint := points._survivor_of(p_member);
    v_members bigint[];
    v_purses purse[];
BEGIN
    SELECT array_agg(m.id), array_agg(p.purse) INTO v_members, v_purses
    FROM unnest(array_remove(ARRAY[p_member, v_survivor], NULL)) AS m(id), unnest(p_purses) AS p(purse);
    PERFORM points._lock_wallets(v_members, v_purses);
    IF points._survivor_of(p_member) IS DISTINCT FROM v_survivor THEN
        RAISE EXCEPTION 'the member was merged meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN v_survivor;
END $$;
