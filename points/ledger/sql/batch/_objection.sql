-- The objection to an item that holds whatever else is booked; NULL: none. In the order in which a single purchase is judged.
CREATE FUNCTION points._objection(p_merchant bigint, p_item points.batch_item, p_moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN NOT points._is_sound(p_item.reference, p_item.request_hash, p_item.occurred_at, p_item.amount_fen)
            OR jsonb_typeof(p_item.awards) <> 'array' THEN 'invalid_argument'
        WHEN p_item.member_id IS NULL THEN 'member_not_found'
        WHEN p_item.occurred_at > p_moment + interval '5 minutes' THEN 'occurred_in_future'
        WHEN p_item.store_id IS NOT NULL AND NOT points._is_store_of(p_item.store_id, p_merchant) THEN 'unknown_store' END
$$;
