-- The lock that a sealer tries before it starts and holds until it commits: one at a time.
CREATE FUNCTION points.seal_lock() RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT 7306914420517 $$;
