-- What was published keeps its name: whoever could change a SKU could list the same thing anew without the price
-- before it. Prices cannot be emptied away either.
CREATE FUNCTION redemption_guard_reward() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
       AND ((NEW.merchant_id, NEW.sku, NEW.kind) IS DISTINCT FROM (OLD.merchant_id, OLD.sku, OLD.kind)
            OR NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.status = 'draft') THEN
        RAISE EXCEPTION 'what was published keeps its merchant, SKU and kind' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;
