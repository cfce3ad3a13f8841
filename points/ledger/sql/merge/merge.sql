-- Merges a duplicate member into the one who survives, as two people of support decided (the row of accounts_membermerge
-- is the order, and only one that a second person approved is carried out). Everything goes over by entries: each open
-- lot whole, to a lot that remembers it; each debt, by an act of the merchant it is owed to; once-only keys and used
-- caps, stated in the breakdown. Refused while holds are open, because a hold ends in the wallet it was taken from.
CREATE FUNCTION points.merge(p_merge bigint, p_moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_merge accounts_membermerge;
    v_platform bigint := (SELECT m.id FROM merchants_merchant m WHERE m.is_platform);
    v_reference text := 'merge-' || p_merge;
    v_known jsonb;
    v_act bigint;
BEGIN
    SELECT * INTO v_merge FROM accounts_membermerge g WHERE g.id = p_merge AND g.approved_by_id IS NOT NULL;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM020', 'merge_not_approved');
    END IF;
    PERFORM points._lock_wallets(
        ARRAY[v_merge.duplicate_id, v_merge.duplicate_id, v_merge.survivor_id, v_merge.survivor_id], '{base,green,base,green}');
    v_known := points._known(v_platform, 'merge', NULL, v_reference, points._hash_of(v_reference));
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_mergeable(v_merge, p_moment);
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, v_merge.duplicate_id, v_merge.survivor_id, v_platform, p_moment);
    PERFORM points._write_act(v_act, 'merge', v_platform, v_merge.duplicate_id, NULL, v_reference,
        points._hash_of(v_reference), p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object(
            'merge', p_merge, 'into', v_merge.survivor_id,
            'once', points._carry_once(v_merge.duplicate_id, v_merge.survivor_id),
            'caps', points._carry_caps(v_merge.duplicate_id, v_merge.survivor_id)));
    PERFORM points._move_debts(v_merge, p_moment);
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = v_merge.duplicate_id;
    RETURN points._answer(v_act, 'booked');
END $$;
