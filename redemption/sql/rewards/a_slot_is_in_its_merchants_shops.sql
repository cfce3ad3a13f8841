CREATE TRIGGER a_slot_is_in_its_merchants_shops BEFORE INSERT OR UPDATE OF reward_id, store_id ON redemption_slot
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_slot ENABLE ALWAYS TRIGGER a_slot_is_in_its_merchants_shops;
