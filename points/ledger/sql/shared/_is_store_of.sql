-- Whether an act may name this store: none, or one of the merchant's own.
CREATE FUNCTION points._is_store_of(p_store bigint, p_merchant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_store IS NULL
        OR EXISTS (SELECT 1 FROM merchants_store s WHERE s.id = p_store AND s.merchant_id = p_merchant);
END $$;
