CREATE FUNCTION redemption_guard_reward_purse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND NEW.purse IS DISTINCT FROM OLD.purse THEN
        RAISE EXCEPTION 'a published reward keeps its purse' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;
