-- A price is written once and may only be ended sooner, never in the past. This trigger decides whether it is dearer than
-- the price before it; the time of the notice of a dearer one comes only from its announced rise, and a constraint makes
-- the price wait for it.
CREATE FUNCTION redemption_guard_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'prices are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- All columns but the end, also those added later.
        IF to_jsonb(NEW) - 'during' IS DISTINCT FROM to_jsonb(OLD) - 'during'
           OR isempty(NEW.during) OR lower(NEW.during) IS DISTINCT FROM lower(OLD.during)
           OR coalesce(upper(NEW.during), 'infinity') > coalesce(upper(OLD.during), 'infinity') THEN
            RAISE EXCEPTION 'a price is not rewritten; add a new one' USING ERRCODE = 'HM201';
        END IF;
        IF upper(NEW.during) IS DISTINCT FROM upper(OLD.during)
           AND upper(NEW.during) < clock_timestamp() - interval '5 minutes' THEN
            RAISE EXCEPTION 'a price is not ended in the past' USING ERRCODE = 'HM201';
        END IF;
        RETURN NEW;
    END IF;
    NEW.created_at := clock_timestamp();
    PERFORM redemption_require_evidence(NEW.face_value_basis, NEW.face_value_on, NEW.announced_at);
    NEW := redemption_judge_price(NEW);
    RETURN NEW;
END $$;
