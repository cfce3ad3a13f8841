-- A name of its own, because the guard of an order's steps has landed.
CREATE FUNCTION redemption_guard_order_choice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.purse, NEW.logo_id) IS DISTINCT FROM (OLD.purse, OLD.logo_id) THEN
        RAISE EXCEPTION 'what was ordered is not rewritten' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;
