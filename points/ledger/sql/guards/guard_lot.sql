-- The terms of a lot stay: its end of validity may move later, never earlier (SPEC R39), and nothing
-- else about the grant may change. Fires only for statements that name these columns, so spending does not pay for it.
CREATE FUNCTION points.guard_lot() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.expires_at IS DISTINCT FROM NEW.expires_at
       AND (OLD.expires_at IS NULL OR NEW.expires_at < OLD.expires_at) THEN
        RAISE EXCEPTION 'the validity of lot % may not be shortened', OLD.id USING ERRCODE = 'HM101';
    END IF;
    IF OLD.first_expires_at IS NOT NULL AND NEW.first_expires_at IS DISTINCT FROM OLD.first_expires_at THEN
        RAISE EXCEPTION 'the first validity of lot % may not be rewritten', OLD.id USING ERRCODE = 'HM101';
    END IF;
    IF (OLD.member_id, OLD.purse, OLD.issuer_id, OLD.kind, OLD.act_id, OLD.granted, OLD.usable_from,
        OLD.value_fen, OLD.transferable, OLD.earmark, OLD.source_lot_id, OLD.rule_id)
       IS DISTINCT FROM
       (NEW.member_id, NEW.purse, NEW.issuer_id, NEW.kind, NEW.act_id, NEW.granted, NEW.usable_from,
        NEW.value_fen, NEW.transferable, NEW.earmark, NEW.source_lot_id, NEW.rule_id) THEN
        RAISE EXCEPTION 'the grant of lot % may not be rewritten', OLD.id USING ERRCODE = 'HM101';
    END IF;
    RETURN NEW;
END $$;
