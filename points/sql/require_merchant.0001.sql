-- A merchant issues only while live; points may still be spent there while it is exiting (SPEC D10).
CREATE OR REPLACE FUNCTION points._require_merchant(p_merchant bigint, p_issues boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_status text;
BEGIN
    SELECT m.status INTO v_status FROM merchants_merchant m WHERE m.id = p_merchant;
    IF v_status IS DISTINCT FROM 'live' AND (p_issues OR v_status IS DISTINCT FROM 'exiting') THEN
        PERFORM points._refuse('HM005', 'merchant_not_live', jsonb_build_object('status', v_status));
    END IF;
END $$;

-- Whether an act may name this store: none, or one of the merchant's own.
CREATE OR REPLACE FUNCTION points._is_store_of(p_store bigint, p_merchant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_store IS NULL
        OR EXISTS (SELECT 1 FROM merchants_store s WHERE s.id = p_store AND s.merchant_id = p_merchant);
END $$;
