-- A price is written once and may only be ended sooner or, open, be given an end. Whether it is dearer than the price
-- before it is judged here, so that nobody can forget to say so; a dearer one waits for its notice (a constraint).
CREATE OR REPLACE FUNCTION redemption_guard_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_before redemption_rewardprice;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'prices are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.reward_id, NEW.kind, NEW.with_cash, NEW.points, NEW.cash_fen, NEW.face_value_fen, lower(NEW.during),
            NEW.is_dearer, NEW.announced_at, NEW.noticed_at, NEW.face_value_on, NEW.face_value_evidence)
           IS DISTINCT FROM
           (OLD.reward_id, OLD.kind, OLD.with_cash, OLD.points, OLD.cash_fen, OLD.face_value_fen, lower(OLD.during),
            OLD.is_dearer, OLD.announced_at, OLD.noticed_at, OLD.face_value_on, OLD.face_value_evidence)
           OR (upper(OLD.during) IS NOT NULL AND coalesce(upper(NEW.during), 'infinity') > upper(OLD.during)) THEN
            RAISE EXCEPTION 'a price is not rewritten; add a new one' USING ERRCODE = 'HM201';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.kind = 'base' THEN
        SELECT * INTO v_before FROM redemption_rewardprice p
        WHERE p.reward_id IN (
                  -- Delisting and listing the same SKU again does not hide a rise (SPEC R37).
                  SELECT s.id FROM redemption_reward s JOIN redemption_reward r ON r.id = NEW.reward_id
                  WHERE s.merchant_id = r.merchant_id AND s.sku = r.sku)
          AND p.kind = 'base' AND p.with_cash = NEW.with_cash AND lower(p.during) < lower(NEW.during)
        ORDER BY lower(p.during) DESC LIMIT 1;
        NEW.is_dearer := FOUND AND NEW.points * 5 + NEW.cash_fen > v_before.points * 5 + v_before.cash_fen;
    ELSE
        NEW.is_dearer := false;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_price_is_kept_for_ever BEFORE INSERT OR UPDATE OR DELETE ON redemption_rewardprice
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_price();
