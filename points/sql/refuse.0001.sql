-- One way to refuse: a stable name as the message, facts as JSON in the detail, a code of class HM.
CREATE OR REPLACE FUNCTION points._refuse(p_code text, p_name text, p_facts jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = p_code, MESSAGE = p_name, DETAIL = p_facts::text;
END $$;

-- An act that moves points moves at least one.
CREATE OR REPLACE FUNCTION points._require_points(p_points bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_points IS NULL OR p_points <= 0 THEN
        PERFORM points._refuse('HM016', 'points_must_be_positive');
    END IF;
END $$;

-- Whether the books can hold a request's own particulars.
CREATE OR REPLACE FUNCTION points._is_sound(
    p_reference text, p_hash bytea, p_occurred_at timestamptz, p_amount_fen bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(length(p_reference) BETWEEN 1 AND 128 AND length(p_hash) = 32 AND p_occurred_at IS NOT NULL
                    AND (p_amount_fen IS NULL OR p_amount_fen >= 0), false)
$$;
