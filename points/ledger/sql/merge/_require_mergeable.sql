-- Two living accounts; due holds and lots end first, in the account they belong to; no hold is left open.
CREATE FUNCTION points._require_mergeable(p_merge accounts_membermerge, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_holds bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM points_wallet w
               WHERE w.member_id IN (p_merge.duplicate_id, p_merge.survivor_id) AND w.is_merged) THEN
        PERFORM points._refuse('HM019', 'member_merged');
    END IF;
    PERFORM points._lapse_due(p_merge.duplicate_id, 'base', p_moment);
    PERFORM points._lapse_due(p_merge.duplicate_id, 'green', p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 'base', p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 'green', p_moment);
    SELECT count(*) INTO v_holds FROM points_hold h WHERE h.member_id = p_merge.duplicate_id AND h.is_open;
    IF v_holds > 0 THEN
        PERFORM points._refuse('HM021', 'holds_are_open', jsonb_build_object('holds', v_holds));
    END IF;
END $$;
