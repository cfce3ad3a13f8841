CREATE FUNCTION redemption_guard_order_choice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.purse, NEW.logo_id) IS DISTINCT FROM (OLD.purse, OLD.logo_id) THEN
        RAISE EXCEPTION 'an order is not rewritten' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;
