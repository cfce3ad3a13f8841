CREATE FUNCTION redemption_guard_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.member_id, NEW.merchant_id, NEW.reward_id, NEW.points, NEW.cash_fen, NEW.quantity, NEW.reference,
            NEW.request_hash, NEW.placed_at)
           IS DISTINCT FROM
           (OLD.member_id, OLD.merchant_id, OLD.reward_id, OLD.points, OLD.cash_fen, OLD.quantity, OLD.reference,
            OLD.request_hash, OLD.placed_at) THEN
            RAISE EXCEPTION 'an order is not rewritten' USING ERRCODE = 'HM202';
        END IF;
        IF NEW.hold_id IS DISTINCT FROM OLD.hold_id AND OLD.hold_id IS NOT NULL
           OR NEW.capture_id IS DISTINCT FROM OLD.capture_id AND OLD.capture_id IS NOT NULL
           OR NEW.refunded_points < OLD.refunded_points OR NEW.refunded_cash_fen < OLD.refunded_cash_fen THEN
            RAISE EXCEPTION 'spent or refunded amounts are not rewritten' USING ERRCODE = 'HM202';
        END IF;
        IF NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        v_before := OLD.status;
        IF NOT EXISTS (SELECT 1 FROM redemption_transition t
                       WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
            RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM202';
        END IF;
    ELSIF NEW.status <> 'placed' THEN
        RAISE EXCEPTION 'an order begins placed, not %', NEW.status USING ERRCODE = 'HM202';
    END IF;
    INSERT INTO redemption_orderstep (order_id, from_status, to_status, taken_at, actor_id, reason)
    VALUES (NEW.id, v_before, NEW.status, NEW.status_at, NEW.status_by_id, NEW.status_reason);
    RETURN NULL;
END $$;
