-- A merchant issues only while live and within its deposit and credit (SPEC D10); points may still be spent there while
-- it is exiting. `may_issue` is kept by points.operations.review_issuing_limits, so that no act adds up what is owed.
CREATE FUNCTION points._require_merchant(p_merchant bigint, p_issues boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_status text;
    v_may_issue boolean;
BEGIN
    SELECT m.status, m.may_issue INTO v_status, v_may_issue FROM merchants_merchant m WHERE m.id = p_merchant;
    IF v_status IS DISTINCT FROM 'live' AND (p_issues OR v_status IS DISTINCT FROM 'exiting') THEN
        PERFORM points._refuse('HM005', 'merchant_not_live', jsonb_build_object('status', v_status));
    END IF;
    IF p_issues AND NOT v_may_issue THEN
        PERFORM points._refuse('HM018', 'issuing_limit_reached');
    END IF;
END $$;
