-- The purchase booked under a reference. With a LIMIT, because else a planner that takes the books for empty, as it does
-- until they are first analysed, reads all acts of the merchant for each batch.
CREATE FUNCTION points._booked(p_merchant bigint, p_reference text) RETURNS TABLE (id bigint, request_hash bytea)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.request_hash FROM points_act a
    WHERE a.merchant_id = p_merchant AND a.kind = 'purchase' AND a.reference = p_reference LIMIT 1
$$;
