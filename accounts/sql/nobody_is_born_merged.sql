CREATE TRIGGER nobody_is_born_merged BEFORE INSERT ON accounts_user
    FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION accounts_guard_merged();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER nobody_is_born_merged;
