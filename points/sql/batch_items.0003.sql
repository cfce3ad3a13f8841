-- What an item earned, once it is booked; NULL before, and for what was not booked set-wise.
ALTER TYPE points.batch_item ADD ATTRIBUTE points bigint, ADD ATTRIBUTE green_points bigint;

-- The items as rows. A function of its own, because a planner takes what unnest gives for ten rows, and would compare
-- a thousand with a thousand one by one.
CREATE FUNCTION points._rows_of(p_items points.batch_item[]) RETURNS SETOF points.batch_item
LANGUAGE plpgsql ROWS 1000 AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(p_items);
END $$;

-- The items with their members' inner ids (NULL: not a member here).
DROP FUNCTION points._batch_items(bigint, jsonb, timestamptz);
CREATE FUNCTION points._batch_items(p_merchant bigint, p_is_platform boolean, p_items jsonb, p_moment timestamptz)
RETURNS points.batch_item[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(ROW(
        i.ord::integer, u.member_id, i.item ->> 1, decode(i.item ->> 2, 'hex'), i.occurred_at,
        (i.item ->> 4)::bigint, (i.item ->> 5)::bigint,
        i.awards, coalesce(nullif(i.item -> 7, 'null'), '{}'), 'new', NULL, NULL,
        -- The words are looked for first, because PostgreSQL does not inline the whole question.
        jsonb_path_exists(i.awards, '$[*] ? (exists(@.caps) || exists(@.once) || exists(@.expires_at))')
            AND points._needs_clamp(i.awards, i.occurred_at, p_moment), NULL, NULL)::points.batch_item ORDER BY i.ord)
    FROM (SELECT x.item, x.ord, (x.item ->> 3)::timestamptz AS occurred_at,
                 coalesce(nullif(x.item -> 6, 'null'), '[]') AS awards
          FROM jsonb_array_elements(p_items) WITH ORDINALITY AS x(item, ord)) i
    LEFT JOIN LATERAL points._seen_by(p_merchant, p_is_platform, (i.item ->> 0)::uuid) u ON true
$$;

-- Locks what the items need, in the order of all acts: wallets first, then caps. Answers the members who owe points.
CREATE OR REPLACE FUNCTION points._lock_batch(p_items points.batch_item[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_debtors bigint[];
    v_members bigint[];
    v_green_members bigint[];
BEGIN
    SELECT array_agg(DISTINCT i.member_id), array_agg(DISTINCT i.member_id) FILTER (WHERE i.awards @> '[{"purse": 2}]')
    INTO v_members, v_green_members
    FROM unnest(p_items) i WHERE i.member_id IS NOT NULL;
    v_debtors := points._lock_wallets(
        v_members || v_green_members,
        array_fill(1::smallint, ARRAY[coalesce(cardinality(v_members), 0)])
            || array_fill(2::smallint, ARRAY[coalesce(cardinality(v_green_members), 0)]));
    -- All budgets now, because one by one two batches could take them in opposite orders. A member's own caps are
    -- guarded by the wallet.
    PERFORM points._cap_used(0, c.cap, c."window", false)
    FROM (SELECT DISTINCT c.cap, c."window" FROM unnest(p_items) i, jsonb_array_elements(i.awards) a, points._caps_of(-1, a) c
          WHERE i.one_by_one AND i.member_id IS NOT NULL AND c.holder = 0 ORDER BY 1, 2) c;
    RETURN v_debtors;
END $$;
