-- A payment that received money is paid or refunded and never open again. Facts of vouchers, refunds and callbacks are
-- not rewritten.
CREATE FUNCTION redemption_guard_payment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.order_id, NEW.provider, NEW.number, NEW.payee_account, NEW.amount_fen)
       IS DISTINCT FROM (OLD.order_id, OLD.provider, OLD.number, OLD.payee_account, OLD.amount_fen)
       OR NEW.received_fen < OLD.received_fen OR NEW.refunded_fen < OLD.refunded_fen THEN
        RAISE EXCEPTION 'a payment is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('open', 'paid'), ('open', 'refund_due'), ('open', 'closed'),
        -- Money that came after the order had ended.
        ('closed', 'refund_due'),
        ('paid', 'refunded'), ('refund_due', 'refunded')) THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status = 'closed' AND NEW.received_fen > 0 OR NEW.status = 'refunded' AND NEW.refunded_fen < NEW.received_fen THEN
        RAISE EXCEPTION 'received money is refunded before its payment ends' USING ERRCODE = 'HM207';
    END IF;
    RETURN NEW;
END $$;
