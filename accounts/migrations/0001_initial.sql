SET LOCAL check_function_bodies = off;

-- The decision of two people about a merge is final: its target and reason are never rewritten, and a merge that was
-- approved or stopped is not reopened.
CREATE FUNCTION accounts_guard_merge() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.approved_by_id IS NOT NULL OR OLD.stopped_at IS NOT NULL
       OR (NEW.duplicate_id, NEW.survivor_id, NEW.reason, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.duplicate_id, OLD.survivor_id, OLD.reason, OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was decided about a merge is not rewritten' USING ERRCODE = 'HM401';
    END IF;
    RETURN NEW;
END $$;

-- Nobody becomes a duplicate but by a merge that two people wanted, and nobody is ever parted again.
CREATE FUNCTION accounts_guard_merged() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.merged_into_id IS NULL
       OR NOT EXISTS (SELECT 1 FROM accounts_membermerge m
                      WHERE m.duplicate_id = NEW.id AND m.approved_by_id <> m.proposed_by_id) THEN
        RAISE EXCEPTION 'only two people together merge accounts' USING ERRCODE = 'HM402';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_merge_is_decided_once BEFORE UPDATE ON accounts_membermerge
    FOR EACH ROW EXECUTE FUNCTION accounts_guard_merge();
ALTER TABLE accounts_membermerge ENABLE ALWAYS TRIGGER a_merge_is_decided_once;

CREATE TRIGGER accounts_are_merged_by_two_people BEFORE UPDATE OF merged_into_id ON accounts_user
    FOR EACH ROW WHEN (NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id)
    EXECUTE FUNCTION accounts_guard_merged();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER accounts_are_merged_by_two_people;

CREATE TRIGGER nobody_is_born_merged BEFORE INSERT ON accounts_user
    FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION accounts_guard_merged();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER nobody_is_born_merged;

-- History: the role that serves requests may add to it and nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_consent, accounts_tombstone, accounts_phoneunmasking FROM hongmi_app;
REVOKE DELETE, TRUNCATE ON accounts_membermerge FROM hongmi_app;
