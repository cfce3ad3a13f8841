-- Two requests with one hash are one request, so a hash is never cut short.
CREATE DOMAIN request_hash AS bytea CONSTRAINT a_request_hash_has_32_bytes CHECK (length(VALUE) = 32);
