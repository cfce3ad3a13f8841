-- Books one act that grants lots: a purchase, an award, a compensation, an opening balance, a positive adjustment.
-- Candidate awards come from `rules.award_for`; here they are only clamped (see points._clamp). With `p_dry_run`
-- the answer is the same and nothing is written. Answers {status, id, member, kind, awards, wallets}.
CREATE FUNCTION points.accrue(
    p_kind act_kind, p_merchant bigint, p_member uuid, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_moment timestamptz, p_awards jsonb, p_breakdown jsonb,
    p_amount_fen bigint, p_store bigint, p_parent bigint, p_actor bigint, p_approved_by bigint,
    p_publish boolean, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_member bigint;
    v_may_issue boolean;
    v_owed bigint;
    v_known jsonb;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN ('purchase', 'award', 'compensation', 'adjustment', 'opening') OR jsonb_typeof(p_awards) IS DISTINCT FROM 'array'
       OR NOT points._is_sound(p_reference, p_hash, p_occurred_at, p_amount_fen) THEN
        PERFORM points._refuse('HM016', 'not_an_accrual');
    END IF;
    SELECT s.member_id, s.may_issue INTO v_member, v_may_issue FROM points._as_seen(p_merchant, p_member) s;
    IF v_member IS NULL THEN
        v_known := CASE WHEN NOT p_dry_run THEN points._known(p_merchant, p_kind, p_key, p_reference, p_hash) END;
    ELSIF p_dry_run THEN
        v_known := points._known(p_merchant, p_kind, NULL, p_reference, p_hash);
    ELSE
        IF p_awards @> '[{"purse": "green"}]' THEN
            PERFORM points._lock_wallets(ARRAY[v_member, v_member], enum_range(NULL::purse));
        ELSE
            SELECT w.owed INTO v_owed FROM points_wallet w WHERE w.member_id = v_member AND w.purse = 'base' FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                v_owed := (points._lock_wallet(v_member, 'base')).owed;
            END IF;
        END IF;
        v_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    END IF;
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    -- One test for the everyday case, because each costs.
    IF v_member IS NULL OR NOT v_may_issue OR p_occurred_at > p_moment + interval '5 minutes'
       OR p_store IS NOT NULL OR p_parent IS NOT NULL THEN
        IF v_member IS NULL THEN
            PERFORM points._refuse_member(p_merchant, p_member);
        END IF;
        PERFORM points._require_accrual(p_merchant, v_member, p_occurred_at, p_moment, p_store, p_parent);
    END IF;
    IF v_owed = 0 AND NOT p_dry_run AND points._is_plain(p_awards) THEN
        RETURN points._accrue_plain(
            p_kind, p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at, p_moment, p_awards, p_breakdown,
            p_amount_fen, p_store, p_parent, p_actor, p_approved_by, p_publish);
    END IF;
    RETURN points._accrue(
        p_kind, p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at, p_moment, p_awards, p_breakdown,
        p_amount_fen, p_store, p_parent, p_actor, p_approved_by, p_publish, p_dry_run);
END $$;
