CREATE TRIGGER a_payment_takes_allowed_steps BEFORE UPDATE ON redemption_payment
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_payment();
ALTER TABLE redemption_payment ENABLE ALWAYS TRIGGER a_payment_takes_allowed_steps;
