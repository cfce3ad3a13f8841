-- The stored form of an idempotency key: 128 bits of its SHA-256.
CREATE FUNCTION points._key_digest(p_key text) RETURNS uuid
LANGUAGE sql STABLE AS $$  -- as stable as convert_to, or PostgreSQL does not inline it
    SELECT encode(substring(sha256(convert_to(p_key, 'UTF8')) FOR 16), 'hex')::uuid
$$;
