CREATE FUNCTION merchants_guard_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_step jsonb := coalesce(nullif(current_setting('hongmi.step', true), ''), '{}')::jsonb;
    v_before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        v_before := OLD.status;
        IF NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM merchants_transition t
                       WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
            RAISE EXCEPTION 'a merchant does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM301';
        END IF;
        IF OLD.status = 'contracted' AND NEW.status = 'live' AND NOT NEW.is_platform
           AND NEW.deposit_fen + NEW.credit_limit_fen = 0 THEN
            RAISE EXCEPTION 'nothing covers the points that % would issue', NEW.code USING ERRCODE = 'HM302';
        END IF;
    END IF;
    INSERT INTO merchants_merchantstep (merchant_id, from_status, to_status, reason, actor_id, taken_at)
    VALUES (NEW.id, v_before, NEW.status, coalesce(v_step ->> 'reason', ''), (v_step ->> 'actor')::bigint,
            coalesce((v_step ->> 'at')::timestamptz, now()));
    RETURN NULL;
END $$;
