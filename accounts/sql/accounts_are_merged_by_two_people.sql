CREATE TRIGGER accounts_are_merged_by_two_people BEFORE UPDATE OF merged_into_id ON accounts_user
    FOR EACH ROW WHEN (NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id)
    EXECUTE FUNCTION accounts_guard_merged();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER accounts_are_merged_by_two_people;
