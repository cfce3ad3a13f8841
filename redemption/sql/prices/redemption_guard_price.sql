-- A price is written once and may only be ended sooner, never in the past. Whether it is dearer than the price before
-- it is judged here, so that nobody can forget to say so; since when everyone knows of a dearer one comes from the
-- announced rise and from nowhere else, and a constraint makes it wait.
CREATE FUNCTION redemption_guard_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'prices are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- All columns but the end, whatever columns there will be.
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
