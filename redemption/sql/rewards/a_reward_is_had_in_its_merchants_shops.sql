CREATE TRIGGER a_reward_is_had_in_its_merchants_shops BEFORE INSERT OR UPDATE ON redemption_reward_stores
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_reward_stores ENABLE ALWAYS TRIGGER a_reward_is_had_in_its_merchants_shops;
