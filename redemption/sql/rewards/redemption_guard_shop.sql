-- Rewards and appointments are at stores of their own merchant.
CREATE FUNCTION redemption_guard_shop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.store_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM redemption_reward r JOIN merchants_store s ON s.merchant_id = r.merchant_id
        WHERE r.id = NEW.reward_id AND s.id = NEW.store_id) THEN
        RAISE EXCEPTION 'a shop of another merchant' USING ERRCODE = 'HM209';
    END IF;
    RETURN NEW;
END $$;
