CREATE TRIGGER a_price_is_kept_for_ever BEFORE INSERT OR UPDATE OR DELETE ON redemption_rewardprice
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_price();
ALTER TABLE redemption_rewardprice ENABLE ALWAYS TRIGGER a_price_is_kept_for_ever;
