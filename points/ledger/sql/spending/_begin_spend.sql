-- The common opening of every act that spends or moves points: lock, replay, membership, lapse what ran out.
-- Answers the member's inner id, or in o_known the earlier answer.
CREATE FUNCTION points._begin_spend(
    p_kind act_kind, p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text,
    p_hash bytea, p_moment timestamptz, OUT o_member bigint, OUT o_known jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    v_wallet points_wallet;
BEGIN
    PERFORM points._require_points(p_points);
    IF p_purse IS NULL THEN
        PERFORM points._refuse('HM016', 'unknown_purse');
    END IF;
    o_member := points._member_of(p_merchant, p_member);
    IF o_member IS NOT NULL THEN
        v_wallet := points._lock_wallet(o_member, p_purse);
    END IF;
    o_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    IF o_known IS NOT NULL THEN
        RETURN;
    END IF;
    IF o_member IS NULL THEN
        PERFORM points._refuse_member(p_merchant, p_member);
    END IF;
    PERFORM points._require_merchant(p_merchant, false);
    IF v_wallet.held > 0 THEN
        PERFORM points._lapse_due(o_member, p_purse, p_moment);
    END IF;
END $$;
