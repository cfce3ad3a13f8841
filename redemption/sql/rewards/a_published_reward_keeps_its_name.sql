CREATE TRIGGER a_published_reward_keeps_its_name BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward();
