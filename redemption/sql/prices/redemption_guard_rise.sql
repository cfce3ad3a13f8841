-- The times of a rise's announcement and of its completed notice are those at which they are written; nobody chooses them.
-- Rises are never deleted.
CREATE FUNCTION redemption_guard_rise() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    -- Clocks of two machines differ.
    v_slack interval := '5 minutes';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'announcements are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := v_now;
        IF NEW.noticed_at IS NOT NULL OR NEW.price_id IS NOT NULL OR NEW.withdrawn_at IS NOT NULL
           OR NEW.announced_at NOT BETWEEN v_now - v_slack AND v_now + v_slack THEN
            RAISE EXCEPTION 'a rise is announced now' USING ERRCODE = 'HM205';
        END IF;
        PERFORM redemption_require_evidence(NEW.face_value_basis, NEW.face_value_on, NEW.announced_at);
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{noticed_at,price_id,withdrawn_at}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{noticed_at,price_id,withdrawn_at}'::text[]
       OR (OLD.price_id IS NOT NULL AND NEW.price_id IS DISTINCT FROM OLD.price_id)
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
       OR (OLD.noticed_at IS NOT NULL AND NEW.noticed_at IS DISTINCT FROM OLD.noticed_at) THEN
        RAISE EXCEPTION 'an announcement is not rewritten' USING ERRCODE = 'HM201';
    END IF;
    IF OLD.noticed_at IS NULL AND NEW.noticed_at NOT BETWEEN v_now - v_slack AND v_now + v_slack THEN
        RAISE EXCEPTION 'the notice is completed when this is written, not before' USING ERRCODE = 'HM205';
    END IF;
    RETURN NEW;
END $$;
