-- Only an order with an address is shipped, and one with vouchers is handed over by them. The step is checked and not the
-- row, because erasure removes the address later.
CREATE FUNCTION redemption_guard_handover() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.address_cipher IS NULL OR EXISTS (SELECT 1 FROM redemption_voucher v WHERE v.order_id = NEW.id) THEN
        RAISE EXCEPTION 'an order is sent to its address, or picked up with its vouchers' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;
