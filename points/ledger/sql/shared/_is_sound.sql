-- Whether the books can hold a request's own particulars.
CREATE FUNCTION points._is_sound(
    p_reference text, p_hash bytea, p_occurred_at timestamptz, p_amount_fen bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(length(p_reference) BETWEEN 1 AND 128 AND length(p_hash) = 16 AND p_occurred_at IS NOT NULL
                    AND (p_amount_fen IS NULL OR p_amount_fen >= 0), false)
$$;
