CREATE TRIGGER a_return_takes_allowed_steps BEFORE INSERT OR UPDATE ON redemption_orderreturn
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_return();
ALTER TABLE redemption_orderreturn ENABLE ALWAYS TRIGGER a_return_takes_allowed_steps;
