CREATE TRIGGER a_merchant_takes_allowed_steps AFTER INSERT OR UPDATE OF status ON merchants_merchant
    FOR EACH ROW EXECUTE FUNCTION merchants_guard_status();
ALTER TABLE merchants_merchant ENABLE ALWAYS TRIGGER a_merchant_takes_allowed_steps;
