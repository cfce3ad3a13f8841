-- The request hash of an act that the ledger books by itself, from its reference.
CREATE FUNCTION points._hash_of(p_reference text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(sha256(p_reference::bytea) FOR 16)
$$;
