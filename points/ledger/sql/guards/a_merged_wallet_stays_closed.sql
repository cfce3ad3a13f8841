CREATE TRIGGER a_merged_wallet_stays_closed AFTER UPDATE ON points_wallet
    FOR EACH ROW WHEN (OLD.is_merged AND NEW.is_merged) EXECUTE FUNCTION points._guard_wallet();
ALTER TABLE points_wallet ENABLE ALWAYS TRIGGER a_merged_wallet_stays_closed;
