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
