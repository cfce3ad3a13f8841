CREATE FUNCTION points._require_hashes(p_hashes bytea[], p_count integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_hashes) IS DISTINCT FROM p_count
       OR EXISTS (SELECT 1 FROM unnest(p_hashes) h WHERE octet_length(h) IS DISTINCT FROM 32) THEN
        PERFORM points._refuse('HM112', 'malformed_hashes');
    END IF;
END $$;
