CREATE FUNCTION points._expire(
    p_members bigint[], p_purses purse[], p_moment timestamptz, p_publish boolean) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_count integer;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT l.ctid AS place, l.id, l.member_id, l.purse, l.issuer_id, l.expires_at, l.remaining
        FROM points_lot l
        WHERE l.member_id = ANY (p_members) AND l.purse = ANY (p_purses) AND l.is_open AND l.expires_at <= p_moment
    ), act AS MATERIALIZED (
        SELECT nextval('points_act_id_seq') AS id, g.* FROM (
            SELECT d.member_id, d.purse, d.issuer_id, d.expires_at, sum(d.remaining)::bigint AS points
            FROM due d GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3) g
    ), acts AS (
        INSERT INTO points_act (id, merchant_id, member_id, occurred_at, kind, request_hash, reference, breakdown)
        SELECT a.id, a.issuer_id, a.member_id, a.expires_at, 'expiry', points._hash_of('expiry-' || a.id), 'expiry-' || a.id, '{}'
        FROM act a
    ), postings AS (
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT a.id, 1, a.purse, 'member', a.member_id, 'expired', a.issuer_id, a.points FROM act a
    ), lots AS (
        -- By their place in the table, which holds while the wallets are locked: looked up by key again, or joined to the
        -- whole table, they cost a fifth more.
        UPDATE points_lot l SET remaining = 0, is_open = false WHERE l.ctid = ANY (ARRAY(SELECT d.place FROM due d))
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT a.id, d.id, -d.remaining
        FROM due d JOIN act a USING (member_id, purse, issuer_id, expires_at)
    ), journal AS (
        INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
        SELECT a.id, a.member_id, a.issuer_id, -a.points,
               w.balance - sum(a.points) OVER (PARTITION BY a.member_id, a.purse ORDER BY a.id), 0, a.purse
        FROM act a JOIN points_wallet w USING (member_id, purse)
    ), wallets AS (
        -- The standing is read before the lots end, in the same pass: it does not count a lot whose time is over.
        UPDATE points_wallet w
        SET balance = w.balance - coalesce(s.points, 0), available = t.available, next_change_at = t.next_change_at
        FROM points_wallet o
        LEFT JOIN (SELECT a.member_id, a.purse, sum(a.points) AS points FROM act a GROUP BY 1, 2) s USING (member_id, purse),
             LATERAL points._standing(o.member_id, o.purse, p_moment) t
        WHERE o.member_id = ANY (p_members) AND o.purse = ANY (p_purses)
          AND (s.points IS NOT NULL OR o.next_change_at <= p_moment)
          AND w.member_id = o.member_id AND w.purse = o.purse
    ), published AS (
        SELECT count(notifications.publish('points.expired', jsonb_build_object(
            'act', a.id, 'member', a.member_id, 'merchant', a.issuer_id, 'purse', a.purse, 'points', a.points))) AS sent
        FROM act a WHERE p_publish
    )
    SELECT (SELECT count(*) FROM due) + 0 * (SELECT sent FROM published) INTO v_count;
    RETURN v_count;
END $$;
