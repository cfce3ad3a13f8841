-- A return 退货 is requested ('asked'), sent unless the goods come back over the counter, then accepted or refused. A request
-- is not rewritten, and no more pieces come back than were ordered. Erasure may empty texts that a person typed.
CREATE FUNCTION redemption_guard_return() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_forgettable constant text[] := '{reason,carrier,tracking_number,refusal}';
    v_moving constant text[] := '{status,sent_at,settled_at,settled_by_id,refund_id}';
    v_ordered bigint;
    v_returned bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'asked' THEN
            RAISE EXCEPTION 'a return begins as a request, not %', NEW.status USING ERRCODE = 'HM207';
        END IF;
        -- Every step of an order takes this lock first, so that concurrent returns of one order are counted in turn.
        SELECT o.quantity INTO v_ordered FROM redemption_order o WHERE o.id = NEW.order_id FOR UPDATE;
        SELECT coalesce(sum(r.quantity), 0) INTO v_returned
        FROM redemption_orderreturn r WHERE r.order_id = NEW.order_id AND r.status <> 'refused';
        IF v_returned + NEW.quantity > v_ordered THEN
            RAISE EXCEPTION 'of % pieces % come back already', v_ordered, v_returned USING ERRCODE = 'HM208';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - v_forgettable - v_moving IS DISTINCT FROM to_jsonb(OLD) - v_forgettable - v_moving THEN
        RAISE EXCEPTION 'a return is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status <> OLD.status THEN
        IF (OLD.status, NEW.status) NOT IN
           (('asked', 'sent'), ('asked', 'accepted'), ('asked', 'refused'), ('sent', 'accepted'), ('sent', 'refused')) THEN
            RAISE EXCEPTION 'a return does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM207';
        END IF;
    ELSIF to_jsonb(NEW) - v_forgettable IS DISTINCT FROM to_jsonb(OLD) - v_forgettable
          OR (NEW.reason NOT IN ('', OLD.reason)) OR (NEW.carrier NOT IN ('', OLD.carrier))
          OR (NEW.tracking_number NOT IN ('', OLD.tracking_number)) OR NEW.refusal <> OLD.refusal THEN
        RAISE EXCEPTION 'the outcome of a return is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    RETURN NEW;
END $$;
