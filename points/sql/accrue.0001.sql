-- Books one act that grants lots: a purchase, an award, a compensation, an opening balance, a positive adjustment.
-- Candidate awards come from `rules.award_for`; here they are only clamped (see points._clamp). With `p_dry_run`
-- the answer is the same and nothing is written. Answers {status, id, member, kind, awards, wallets}.
CREATE OR REPLACE FUNCTION points.accrue(
    p_kind smallint, p_merchant bigint, p_member uuid, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_moment timestamptz, p_awards jsonb, p_breakdown jsonb,
    p_amount_fen bigint, p_store bigint, p_parent bigint, p_actor bigint, p_approved_by bigint,
    p_publish boolean, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_member bigint := points._member_of(p_merchant, p_member);
    v_known jsonb;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN (1, 2, 12, 13, 14) OR jsonb_typeof(p_awards) IS DISTINCT FROM 'array'
       OR NOT points._is_sound(p_reference, p_hash, p_occurred_at, p_amount_fen) THEN
        PERFORM points._refuse('HM016', 'not_an_accrual');
    END IF;
    IF p_dry_run THEN
        IF v_member IS NOT NULL THEN
            v_known := points._known(p_merchant, p_kind, NULL, p_reference, p_hash);
        END IF;
    ELSE
        IF v_member IS NOT NULL THEN
            IF p_awards @> '[{"purse": 2}]' THEN
                PERFORM points._lock_wallets(ARRAY[v_member, v_member], '{1,2}');
            ELSE
                PERFORM points._lock_wallet(v_member, 1::smallint);
            END IF;
        END IF;
        v_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    END IF;
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    IF v_member IS NULL THEN
        PERFORM points._refuse('HM004', 'member_not_found');
    END IF;
    PERFORM points._require_merchant(p_merchant, true);
    IF p_occurred_at > p_moment + interval '5 minutes' THEN
        PERFORM points._refuse('HM014', 'occurred_in_future');
    END IF;
    IF NOT points._is_store_of(p_store, p_merchant) THEN
        PERFORM points._refuse('HM017', 'unknown_store');
    END IF;
    IF p_parent IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM points_act a WHERE a.id = p_parent AND a.member_id = v_member) THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    RETURN points._accrue(
        p_kind, p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at, p_moment, p_awards, p_breakdown,
        p_amount_fen, p_store, p_parent, p_actor, p_approved_by, p_publish, p_dry_run);
END $$;
