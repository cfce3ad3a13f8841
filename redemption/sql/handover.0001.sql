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
CREATE TRIGGER an_order_is_sent_to_its_address BEFORE UPDATE OF status ON redemption_order
    FOR EACH ROW WHEN (NEW.status = 'fulfilled' AND OLD.status <> 'fulfilled')
    EXECUTE FUNCTION redemption_guard_handover();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_is_sent_to_its_address;

-- A merchant gives its rewards, and keeps its appointments, in its own shops.
CREATE FUNCTION redemption_guard_shop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.store_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM redemption_reward r JOIN merchants_store s ON s.merchant_id = r.merchant_id
        WHERE r.id = NEW.reward_id AND s.id = NEW.store_id) THEN
        RAISE EXCEPTION 'a shop of another merchant' USING ERRCODE = 'HM209';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_reward_is_had_in_its_merchants_shops BEFORE INSERT OR UPDATE ON redemption_reward_stores
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_reward_stores ENABLE ALWAYS TRIGGER a_reward_is_had_in_its_merchants_shops;
CREATE TRIGGER a_slot_is_in_its_merchants_shops BEFORE INSERT OR UPDATE OF reward_id, store_id ON redemption_slot
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_slot ENABLE ALWAYS TRIGGER a_slot_is_in_its_merchants_shops;
