-- What was published keeps its name: whoever could change a SKU could list the same thing anew without the price
-- before it. Prices cannot be emptied away either.
CREATE OR REPLACE FUNCTION redemption_guard_reward() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
       AND ((NEW.merchant_id, NEW.sku, NEW.kind) IS DISTINCT FROM (OLD.merchant_id, OLD.sku, OLD.kind)
            OR NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.status = 'draft') THEN
        RAISE EXCEPTION 'what was published keeps its merchant, SKU and kind' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_published_reward_keeps_its_name BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward();

CREATE OR REPLACE FUNCTION redemption_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever', TG_TABLE_NAME USING ERRCODE = 'HM201';
END $$;

CREATE TRIGGER prices_are_not_emptied BEFORE TRUNCATE ON redemption_rewardprice
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_rewardprice ENABLE ALWAYS TRIGGER prices_are_not_emptied;
CREATE TRIGGER rises_are_not_emptied BEFORE TRUNCATE ON redemption_pricerise
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_pricerise ENABLE ALWAYS TRIGGER rises_are_not_emptied;
