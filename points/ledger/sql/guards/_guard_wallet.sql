-- The wallet of a merged member stays closed. An act that read the member as living and then waited for the wallet while
-- two people merged them is sent back, and its retry finds the merge; a correction of an older act reopens the wallet
-- itself (points._reopen). After the update and not before it, because a trigger before it would lock the row anew.
CREATE FUNCTION points._guard_wallet() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'member % was merged meanwhile', OLD.member_id USING ERRCODE = 'serialization_failure';
END $$;
