-- How things reach their member. A parcel needs a door: only an order with an address is sent, and one for whose pieces
-- vouchers were drawn is handed over by them. The address itself may be forgotten later, so a step is judged, not a row.
CREATE FUNCTION redemption_guard_handover() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.address_cipher IS NULL OR EXISTS (SELECT 1 FROM redemption_voucher v WHERE v.order_id = NEW.id) THEN
        RAISE EXCEPTION 'an order is sent to its address, or picked up with its vouchers' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;
