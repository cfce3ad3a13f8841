-- An act that moves points moves at least one.
CREATE FUNCTION points._require_points(p_points bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_points IS NULL OR p_points <= 0 THEN
        PERFORM points._refuse('HM016', 'points_must_be_positive');
    END IF;
END $$;
