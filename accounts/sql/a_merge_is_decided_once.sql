CREATE TRIGGER a_merge_is_decided_once BEFORE UPDATE ON accounts_membermerge
    FOR EACH ROW EXECUTE FUNCTION accounts_guard_merge();
ALTER TABLE accounts_membermerge ENABLE ALWAYS TRIGGER a_merge_is_decided_once;
