-- An order is paid from the purse of its reward and bears a logo of its own member at its own merchant: a foreign key
-- over all of these columns holds, whoever writes. With it the purse of a reward stays while there are orders.
ALTER TABLE redemption_reward ADD CONSTRAINT a_reward_has_one_purse UNIQUE (id, purse);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_is_paid_from_the_purse_of_its_reward
    FOREIGN KEY (reward_id, purse) REFERENCES redemption_reward (id, purse);

ALTER TABLE redemption_logo ADD CONSTRAINT a_logo_belongs_to_a_member_at_a_merchant UNIQUE (id, member_id, merchant_id);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_bears_a_logo_of_its_member
    FOREIGN KEY (logo_id, member_id, merchant_id) REFERENCES redemption_logo (id, member_id, merchant_id);

-- A name of its own, because the guard of an order's steps has landed.
CREATE FUNCTION redemption_guard_order_choice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.purse, NEW.logo_id) IS DISTINCT FROM (OLD.purse, OLD.logo_id) THEN
        RAISE EXCEPTION 'what was ordered is not rewritten' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER an_order_keeps_its_purse_and_logo BEFORE UPDATE ON redemption_order
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_order_choice();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_keeps_its_purse_and_logo;

CREATE FUNCTION redemption_guard_reward_purse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND NEW.purse IS DISTINCT FROM OLD.purse THEN
        RAISE EXCEPTION 'what was published keeps its purse' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_published_reward_keeps_its_purse BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward_purse();
ALTER TABLE redemption_reward ENABLE ALWAYS TRIGGER a_published_reward_keeps_its_purse;

-- A logo is never redrawn; one that no order bears may go.
REVOKE UPDATE ON redemption_logo FROM hongmi_app;

-- Behind the second wall a merchant sees the logos of its own orders (hongmi/lib/row_scope.py).
ALTER TABLE redemption_logo ENABLE ROW LEVEL SECURITY;
CREATE POLICY a_merchant_sees_its_own ON redemption_logo TO hongmi_app
    USING ((SELECT walls_are_open()) OR merchant_id = ANY ((SELECT walled_merchants())::bigint[]));
