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
