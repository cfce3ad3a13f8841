-- The items with their members' inner ids (NULL: not a member here).
CREATE OR REPLACE FUNCTION points._batch_items(p_merchant bigint, p_items jsonb) RETURNS points.batch_item[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(ROW(
        i.ord::integer, u.id, i.item ->> 'reference', decode(i.item ->> 'hash', 'hex'),
        (i.item ->> 'occurred_at')::timestamptz, (i.item ->> 'amount_fen')::bigint, (i.item ->> 'store')::bigint,
        coalesce(i.item -> 'awards', '[]'), coalesce(i.item -> 'breakdown', '{}'), 'new', NULL, NULL,
        jsonb_path_exists(i.item -> 'awards', '$[*] ? (exists(@.caps) || exists(@.once))'))::points.batch_item ORDER BY i.ord)
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS i(item, ord)
    LEFT JOIN (
        SELECT a.id, a.public_id FROM accounts_user a
        JOIN merchants_membership s ON s.member_id = a.id AND s.merchant_id = p_merchant AND s.left_at IS NULL
        WHERE a.is_active AND a.merged_into_id IS NULL
          AND a.public_id IN (SELECT (x ->> 'member')::uuid FROM jsonb_array_elements(p_items) x)
    ) u ON u.public_id = (i.item ->> 'member')::uuid
$$;

-- Makes missing wallets and locks all of them, lowest member first, base before green.
CREATE OR REPLACE FUNCTION points._lock_batch_wallets(p_items points.batch_item[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_members bigint[];
    v_purses smallint[];
BEGIN
    SELECT array_agg(w.member_id), array_agg(w.purse) INTO v_members, v_purses FROM (
        SELECT i.member_id, 1::smallint AS purse FROM unnest(p_items) i WHERE i.member_id IS NOT NULL
        UNION SELECT i.member_id, 2 FROM unnest(p_items) i WHERE i.member_id IS NOT NULL AND i.awards @> '[{"purse": 2}]'
        ORDER BY 1, 2) w;
    INSERT INTO points_wallet (member_id, purse)
    SELECT n.member_id, n.purse FROM unnest(v_members, v_purses) AS n(member_id, purse)
    WHERE NOT EXISTS (SELECT 1 FROM points_wallet w WHERE w.member_id = n.member_id AND w.purse = n.purse)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM points_wallet w JOIN unnest(v_members, v_purses) AS n(member_id, purse) USING (member_id, purse)
    ORDER BY w.member_id, w.purse FOR NO KEY UPDATE OF w;
END $$;
