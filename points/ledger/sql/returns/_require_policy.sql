CREATE FUNCTION points._require_policy(p_policy text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_policy IS NULL OR p_policy NOT IN ('forgive', 'owe') THEN
        PERFORM points._refuse('HM016', 'unknown_policy');
    END IF;
END $$;
