CREATE TRIGGER a_voucher_takes_allowed_steps BEFORE UPDATE ON redemption_voucher
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_voucher();
ALTER TABLE redemption_voucher ENABLE ALWAYS TRIGGER a_voucher_takes_allowed_steps;
