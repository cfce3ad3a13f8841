CREATE TRIGGER a_published_reward_keeps_its_purse BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward_purse();
ALTER TABLE redemption_reward ENABLE ALWAYS TRIGGER a_published_reward_keeps_its_purse;
