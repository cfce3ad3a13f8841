CREATE TRIGGER an_order_keeps_its_purse_and_logo BEFORE UPDATE ON redemption_order
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_order_choice();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_keeps_its_purse_and_logo;
