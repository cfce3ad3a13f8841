-- The first 16 bytes of a SHA-256: nobody chooses a request so that it has the hash of another merchant's.
CREATE DOMAIN request_hash AS bytea CONSTRAINT a_request_hash_has_16_bytes CHECK (length(VALUE) = 16);
