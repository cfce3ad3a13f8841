-- A published reward keeps its merchant, SKU and kind: with another SKU the same thing could be listed without its price
-- history. Prices cannot be truncated either.
CREATE FUNCTION redemption_guard_reward() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
       AND ((NEW.merchant_id, NEW.sku, NEW.kind) IS DISTINCT FROM (OLD.merchant_id, OLD.sku, OLD.kind)
            OR NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.status = 'draft') THEN
        RAISE EXCEPTION 'a published reward keeps its merchant, SKU and kind' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;
