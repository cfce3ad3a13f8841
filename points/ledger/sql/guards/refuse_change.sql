-- The books only grow. Refuses UPDATE, DELETE and TRUNCATE, even the owner's slip: a statement trigger that is
-- ENABLE ALWAYS also fires under session_replication_role = replica.
CREATE FUNCTION points.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the books are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'HM100', HINT = 'Book an act that answers the earlier one.';
END $$;
