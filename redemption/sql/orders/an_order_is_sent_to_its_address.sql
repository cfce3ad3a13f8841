CREATE TRIGGER an_order_is_sent_to_its_address BEFORE UPDATE OF status ON redemption_order
    FOR EACH ROW WHEN (NEW.status = 'fulfilled' AND OLD.status <> 'fulfilled')
    EXECUTE FUNCTION redemption_guard_handover();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_is_sent_to_its_address;
