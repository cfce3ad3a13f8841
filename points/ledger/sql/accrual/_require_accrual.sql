-- Checks that a merchant may grant: to its own member, while it is live, for an event that has happened.
CREATE FUNCTION points._require_accrual(
    p_merchant bigint, p_member bigint, p_occurred_at timestamptz, p_moment timestamptz, p_store bigint, p_parent bigint)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM points._require_merchant(p_merchant, true);
    IF p_occurred_at > p_moment + interval '5 minutes' THEN
        PERFORM points._refuse('HM014', 'occurred_in_future');
    END IF;
    IF NOT points._is_store_of(p_store, p_merchant) THEN
        PERFORM points._refuse('HM017', 'unknown_store');
    END IF;
    IF p_parent IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM points_act a WHERE a.id = p_parent AND a.member_id = p_member) THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
END $$;
