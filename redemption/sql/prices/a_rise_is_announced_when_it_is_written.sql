CREATE TRIGGER a_rise_is_announced_when_it_is_written BEFORE INSERT OR UPDATE OR DELETE ON redemption_pricerise
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_rise();
ALTER TABLE redemption_pricerise ENABLE ALWAYS TRIGGER a_rise_is_announced_when_it_is_written;
