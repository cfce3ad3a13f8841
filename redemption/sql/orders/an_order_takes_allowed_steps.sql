CREATE TRIGGER an_order_takes_allowed_steps AFTER INSERT OR UPDATE ON redemption_order
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_order();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_takes_allowed_steps;
