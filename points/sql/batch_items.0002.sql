-- The items with their members' inner ids (NULL: not a member here).
CREATE OR REPLACE FUNCTION points._batch_items(p_merchant bigint, p_items jsonb, p_moment timestamptz)
RETURNS points.batch_item[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(ROW(
        i.ord::integer, u.member_id, i.item ->> 1, decode(i.item ->> 2, 'hex'), i.occurred_at,
        (i.item ->> 4)::bigint, (i.item ->> 5)::bigint,
        i.awards, coalesce(nullif(i.item -> 7, 'null'), '{}'), 'new', NULL, NULL,
        -- The words are looked for first, because PostgreSQL does not inline the whole question.
        jsonb_path_exists(i.awards, '$[*] ? (exists(@.caps) || exists(@.once) || exists(@.expires_at))')
            AND points._needs_clamp(i.awards, i.occurred_at, p_moment))::points.batch_item ORDER BY i.ord)
    FROM (SELECT x.item, x.ord, (x.item ->> 3)::timestamptz AS occurred_at,
                 coalesce(nullif(x.item -> 6, 'null'), '[]') AS awards
          FROM jsonb_array_elements(p_items) WITH ORDINALITY AS x(item, ord)) i
    LEFT JOIN LATERAL points._as_seen(p_merchant, (i.item ->> 0)::uuid) u ON true
$$;

-- Locks what the items need, in the order of all acts: wallets first, then caps. Answers the members who owe points.
DROP FUNCTION points._lock_batch(points.batch_item[]);
CREATE FUNCTION points._lock_batch(p_items points.batch_item[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_debtors bigint[];
    v_members bigint[];
    v_purses smallint[];
BEGIN
    SELECT array_agg(w.member_id), array_agg(w.purse) INTO v_members, v_purses FROM (
        SELECT i.member_id, 1::smallint AS purse FROM unnest(p_items) i WHERE i.member_id IS NOT NULL
        UNION SELECT i.member_id, 2 FROM unnest(p_items) i WHERE i.member_id IS NOT NULL AND i.awards @> '[{"purse": 2}]') w;
    v_debtors := points._lock_wallets(v_members, v_purses);
    -- All budgets now, because one by one two batches could take them in opposite orders. A member's own caps are
    -- guarded by the wallet.
    PERFORM points._cap_used(0, c.cap, c."window", false)
    FROM (SELECT DISTINCT c.cap, c."window" FROM unnest(p_items) i, jsonb_array_elements(i.awards) a, points._caps_of(-1, a) c
          WHERE i.one_by_one AND i.member_id IS NOT NULL AND c.holder = 0 ORDER BY 1, 2) c;
    RETURN v_debtors;
END $$;

-- What speaks against an item whatever else is booked; NULL: nothing. In the order in which a single purchase is judged.
CREATE OR REPLACE FUNCTION points._objection(p_merchant bigint, p_item points.batch_item, p_moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN NOT points._is_sound(p_item.reference, p_item.request_hash, p_item.occurred_at, p_item.amount_fen)
            OR jsonb_typeof(p_item.awards) <> 'array' THEN 'invalid_argument'
        WHEN p_item.member_id IS NULL THEN 'member_not_found'
        WHEN p_item.occurred_at > p_moment + interval '5 minutes' THEN 'occurred_in_future'
        WHEN p_item.store_id IS NOT NULL AND NOT points._is_store_of(p_item.store_id, p_merchant) THEN 'unknown_store' END
$$;
