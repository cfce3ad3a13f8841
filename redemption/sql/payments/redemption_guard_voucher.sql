CREATE FUNCTION redemption_guard_voucher() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.order_id, NEW.merchant_id, NEW.code_hash) IS DISTINCT FROM (OLD.order_id, OLD.merchant_id, OLD.code_hash) THEN
        RAISE EXCEPTION 'a voucher is not rewritten' USING ERRCODE = 'HM208';
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('issued', 'issued'), ('issued', 'accepted'), ('issued', 'void'), ('accepted', 'issued'), ('accepted', 'accepted')) THEN
        RAISE EXCEPTION 'a voucher does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM208';
    END IF;
    RETURN NEW;
END $$;
