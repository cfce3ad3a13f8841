-- Locks what the items need, in the order of all acts: wallets first, then caps. Answers the members who owe points.
CREATE FUNCTION points._lock_batch(p_items points.batch_item[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_debtors bigint[];
    v_members bigint[];
    v_green_members bigint[];
BEGIN
    SELECT array_agg(DISTINCT i.member_id), array_agg(DISTINCT i.member_id) FILTER (WHERE i.awards @> '[{"purse": "green"}]')
    INTO v_members, v_green_members
    FROM unnest(p_items) i WHERE i.member_id IS NOT NULL;
    v_debtors := points._lock_wallets(
        v_members || v_green_members,
        array_fill('base'::purse, ARRAY[coalesce(cardinality(v_members), 0)])
            || array_fill('green'::purse, ARRAY[coalesce(cardinality(v_green_members), 0)]));
    -- All budgets now, because one by one two batches could take them in opposite orders. A member's own caps are
    -- guarded by the wallet.
    PERFORM points._cap_used(0, c.cap, c."window", false)
    FROM (SELECT DISTINCT c.cap, c."window" FROM unnest(p_items) i, jsonb_array_elements(i.awards) a, points._caps_of(-1, a) c
          WHERE i.one_by_one AND i.member_id IS NOT NULL AND c.holder = 0 ORDER BY 1, 2) c;
    RETURN v_debtors;
END $$;
