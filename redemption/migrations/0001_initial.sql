SET LOCAL check_function_bodies = off;

-- Only an order with an address is shipped, and one with vouchers is handed over by them. The step is checked and not the
-- row, because erasure removes the address later.
CREATE FUNCTION redemption_guard_handover() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.address_cipher IS NULL OR EXISTS (SELECT 1 FROM redemption_voucher v WHERE v.order_id = NEW.id) THEN
        RAISE EXCEPTION 'an order is sent to its address, or picked up with its vouchers' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION redemption_guard_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.member_id, NEW.merchant_id, NEW.reward_id, NEW.points, NEW.cash_fen, NEW.quantity, NEW.reference,
            NEW.request_hash, NEW.placed_at)
           IS DISTINCT FROM
           (OLD.member_id, OLD.merchant_id, OLD.reward_id, OLD.points, OLD.cash_fen, OLD.quantity, OLD.reference,
            OLD.request_hash, OLD.placed_at) THEN
            RAISE EXCEPTION 'an order is not rewritten' USING ERRCODE = 'HM202';
        END IF;
        IF NEW.hold_id IS DISTINCT FROM OLD.hold_id AND OLD.hold_id IS NOT NULL
           OR NEW.capture_id IS DISTINCT FROM OLD.capture_id AND OLD.capture_id IS NOT NULL
           OR NEW.refunded_points < OLD.refunded_points OR NEW.refunded_cash_fen < OLD.refunded_cash_fen THEN
            RAISE EXCEPTION 'spent or refunded amounts are not rewritten' USING ERRCODE = 'HM202';
        END IF;
        IF NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        v_before := OLD.status;
        IF NOT EXISTS (SELECT 1 FROM redemption_transition t
                       WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
            RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM202';
        END IF;
    ELSIF NEW.status <> 'placed' THEN
        RAISE EXCEPTION 'an order begins placed, not %', NEW.status USING ERRCODE = 'HM202';
    END IF;
    INSERT INTO redemption_orderstep (order_id, from_status, to_status, taken_at, actor_id, reason)
    VALUES (NEW.id, v_before, NEW.status, NEW.status_at, NEW.status_by_id, NEW.status_reason);
    RETURN NULL;
END $$;

CREATE FUNCTION redemption_guard_order_choice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.purse, NEW.logo_id) IS DISTINCT FROM (OLD.purse, OLD.logo_id) THEN
        RAISE EXCEPTION 'an order is not rewritten' USING ERRCODE = 'HM202';
    END IF;
    RETURN NEW;
END $$;

-- A return 退货 is requested ('asked'), sent unless the goods come back over the counter, then accepted or refused. A request
-- is not rewritten, and no more pieces come back than were ordered. Erasure may empty texts that a person typed.
CREATE FUNCTION redemption_guard_return() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_forgettable constant text[] := '{reason,carrier,tracking_number,refusal}';
    v_moving constant text[] := '{status,sent_at,settled_at,settled_by_id,refund_id}';
    v_ordered bigint;
    v_returned bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'asked' THEN
            RAISE EXCEPTION 'a return begins as a request, not %', NEW.status USING ERRCODE = 'HM207';
        END IF;
        -- Every step of an order takes this lock first, so that concurrent returns of one order are counted in turn.
        SELECT o.quantity INTO v_ordered FROM redemption_order o WHERE o.id = NEW.order_id FOR UPDATE;
        SELECT coalesce(sum(r.quantity), 0) INTO v_returned
        FROM redemption_orderreturn r WHERE r.order_id = NEW.order_id AND r.status <> 'refused';
        IF v_returned + NEW.quantity > v_ordered THEN
            RAISE EXCEPTION 'of % pieces % come back already', v_ordered, v_returned USING ERRCODE = 'HM208';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - v_forgettable - v_moving IS DISTINCT FROM to_jsonb(OLD) - v_forgettable - v_moving THEN
        RAISE EXCEPTION 'a return is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status <> OLD.status THEN
        IF (OLD.status, NEW.status) NOT IN
           (('asked', 'sent'), ('asked', 'accepted'), ('asked', 'refused'), ('sent', 'accepted'), ('sent', 'refused')) THEN
            RAISE EXCEPTION 'a return does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM207';
        END IF;
    ELSIF to_jsonb(NEW) - v_forgettable IS DISTINCT FROM to_jsonb(OLD) - v_forgettable
          OR (NEW.reason NOT IN ('', OLD.reason)) OR (NEW.carrier NOT IN ('', OLD.carrier))
          OR (NEW.tracking_number NOT IN ('', OLD.tracking_number)) OR NEW.refusal <> OLD.refusal THEN
        RAISE EXCEPTION 'the outcome of a return is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    RETURN NEW;
END $$;

-- A payment that received money is paid or refunded and never open again. Facts of vouchers, refunds and callbacks are
-- not rewritten.
CREATE FUNCTION redemption_guard_payment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.order_id, NEW.provider, NEW.number, NEW.payee_account, NEW.amount_fen)
       IS DISTINCT FROM (OLD.order_id, OLD.provider, OLD.number, OLD.payee_account, OLD.amount_fen)
       OR NEW.received_fen < OLD.received_fen OR NEW.refunded_fen < OLD.refunded_fen THEN
        RAISE EXCEPTION 'a payment is not rewritten' USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('open', 'paid'), ('open', 'refund_due'), ('open', 'closed'),
        -- Money that came after the order had ended.
        ('closed', 'refund_due'),
        ('paid', 'refunded'), ('refund_due', 'refunded')) THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM207';
    END IF;
    IF NEW.status = 'closed' AND NEW.received_fen > 0 OR NEW.status = 'refunded' AND NEW.refunded_fen < NEW.received_fen THEN
        RAISE EXCEPTION 'received money is refunded before its payment ends' USING ERRCODE = 'HM207';
    END IF;
    RETURN NEW;
END $$;

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

-- A price is written once and may only be ended sooner, never in the past. This trigger decides whether it is dearer than
-- the price before it; the time of the notice of a dearer one comes only from its announced rise, and a constraint makes
-- the price wait for it.
CREATE FUNCTION redemption_guard_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'prices are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- All columns but the end, also those added later.
        IF to_jsonb(NEW) - 'during' IS DISTINCT FROM to_jsonb(OLD) - 'during'
           OR isempty(NEW.during) OR lower(NEW.during) IS DISTINCT FROM lower(OLD.during)
           OR coalesce(upper(NEW.during), 'infinity') > coalesce(upper(OLD.during), 'infinity') THEN
            RAISE EXCEPTION 'a price is not rewritten; add a new one' USING ERRCODE = 'HM201';
        END IF;
        IF upper(NEW.during) IS DISTINCT FROM upper(OLD.during)
           AND upper(NEW.during) < clock_timestamp() - interval '5 minutes' THEN
            RAISE EXCEPTION 'a price is not ended in the past' USING ERRCODE = 'HM201';
        END IF;
        RETURN NEW;
    END IF;
    NEW.created_at := clock_timestamp();
    PERFORM redemption_require_evidence(NEW.face_value_basis, NEW.face_value_on, NEW.announced_at);
    NEW := redemption_judge_price(NEW);
    RETURN NEW;
END $$;

-- The times of a rise's announcement and of its completed notice are those at which they are written; nobody chooses them.
-- Rises are never deleted.
CREATE FUNCTION redemption_guard_rise() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    -- Clocks of two machines differ.
    v_slack interval := '5 minutes';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'announcements are kept for ever' USING ERRCODE = 'HM201';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := v_now;
        IF NEW.noticed_at IS NOT NULL OR NEW.price_id IS NOT NULL OR NEW.withdrawn_at IS NOT NULL
           OR NEW.announced_at NOT BETWEEN v_now - v_slack AND v_now + v_slack THEN
            RAISE EXCEPTION 'a rise is announced now' USING ERRCODE = 'HM205';
        END IF;
        PERFORM redemption_require_evidence(NEW.face_value_basis, NEW.face_value_on, NEW.announced_at);
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{noticed_at,price_id,withdrawn_at}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{noticed_at,price_id,withdrawn_at}'::text[]
       OR (OLD.price_id IS NOT NULL AND NEW.price_id IS DISTINCT FROM OLD.price_id)
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
       OR (OLD.noticed_at IS NOT NULL AND NEW.noticed_at IS DISTINCT FROM OLD.noticed_at) THEN
        RAISE EXCEPTION 'an announcement is not rewritten' USING ERRCODE = 'HM201';
    END IF;
    IF OLD.noticed_at IS NULL AND NEW.noticed_at NOT BETWEEN v_now - v_slack AND v_now + v_slack THEN
        RAISE EXCEPTION 'the notice is completed when this is written, not before' USING ERRCODE = 'HM205';
    END IF;
    RETURN NEW;
END $$;

-- Compares a new price with the one before it. The same SKU of the same merchant counts as the same reward, so that
-- delisting and listing it again hides no rise; points alone and points with cash are compared separately (SPEC R35, R37).
CREATE FUNCTION redemption_judge_price(p_price redemption_rewardprice) RETURNS redemption_rewardprice
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_before redemption_rewardprice;
    v_is_known boolean;
    v_rise redemption_pricerise;
BEGIN
    SELECT p.* INTO v_before
    FROM redemption_rewardprice p
    JOIN redemption_reward same ON same.id = p.reward_id
    JOIN redemption_reward r ON r.id = p_price.reward_id AND r.merchant_id = same.merchant_id AND r.sku = same.sku
    WHERE p.kind = 'base' AND p.with_cash = p_price.with_cash AND lower(p.during) <= lower(p_price.during)
    ORDER BY lower(p.during) DESC LIMIT 1;
    v_is_known := FOUND;

    IF p_price.kind = 'window' THEN
        p_price.is_dearer := false;
        IF NOT v_is_known OR NOT v_before.during @> lower(p_price.during)
           OR p_price.points * 5 + p_price.cash_fen >= v_before.points * 5 + v_before.cash_fen THEN
            -- Otherwise a promotion would be a rise that needs no notice.
            RAISE EXCEPTION 'a promotion is cheaper than the price beside it' USING ERRCODE = 'HM203';
        END IF;
        RETURN p_price;
    END IF;

    p_price.is_dearer := v_is_known
        AND p_price.points * 5 + p_price.cash_fen > v_before.points * 5 + v_before.cash_fen;
    IF p_price.is_dearer THEN
        SELECT * INTO v_rise FROM redemption_pricerise n
        WHERE n.reward_id = p_price.reward_id AND n.with_cash = p_price.with_cash AND n.points = p_price.points
          AND n.cash_fen = p_price.cash_fen AND n.noticed_at IS NOT NULL AND n.price_id IS NULL
          AND n.withdrawn_at IS NULL;
        p_price.noticed_at := v_rise.noticed_at;
        p_price.announced_at := coalesce(v_rise.announced_at, p_price.announced_at);
        p_price.notice_days := coalesce(v_rise.notice_days, p_price.notice_days);
    END IF;
    RETURN p_price;
END $$;

-- Called by triggers under the role that writes; it reads and refuses, and changes nothing.
GRANT EXECUTE ON FUNCTION redemption_judge_price(redemption_rewardprice) TO hongmi_app;

CREATE FUNCTION redemption_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever', TG_TABLE_NAME USING ERRCODE = 'HM201';
END $$;

-- A charged face value is valid evidence for 30 days; an attested one names who attests it (SPEC R37).
CREATE FUNCTION redemption_require_evidence(p_basis text, p_on date, p_announced_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_day date := (p_announced_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF p_on > v_day OR (p_basis = 'charged' AND p_on < v_day - 30) THEN
        RAISE EXCEPTION 'a face value was charged in the last 30 days' USING ERRCODE = 'HM204';
    END IF;
END $$;

-- Called by triggers under the role that writes; it reads and refuses, and changes nothing.
GRANT EXECUTE ON FUNCTION redemption_require_evidence(text, date, timestamptz) TO hongmi_app;

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

CREATE FUNCTION redemption_guard_reward_purse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND NEW.purse IS DISTINCT FROM OLD.purse THEN
        RAISE EXCEPTION 'a published reward keeps its purse' USING ERRCODE = 'HM206';
    END IF;
    RETURN NEW;
END $$;

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

CREATE TRIGGER a_return_takes_allowed_steps BEFORE INSERT OR UPDATE ON redemption_orderreturn
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_return();
ALTER TABLE redemption_orderreturn ENABLE ALWAYS TRIGGER a_return_takes_allowed_steps;

CREATE TRIGGER an_order_is_sent_to_its_address BEFORE UPDATE OF status ON redemption_order
    FOR EACH ROW WHEN (NEW.status = 'fulfilled' AND OLD.status <> 'fulfilled')
    EXECUTE FUNCTION redemption_guard_handover();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_is_sent_to_its_address;

CREATE TRIGGER an_order_keeps_its_purse_and_logo BEFORE UPDATE ON redemption_order
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_order_choice();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_keeps_its_purse_and_logo;

CREATE TRIGGER an_order_takes_allowed_steps AFTER INSERT OR UPDATE ON redemption_order
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_order();
ALTER TABLE redemption_order ENABLE ALWAYS TRIGGER an_order_takes_allowed_steps;

CREATE TRIGGER a_payment_takes_allowed_steps BEFORE UPDATE ON redemption_payment
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_payment();
ALTER TABLE redemption_payment ENABLE ALWAYS TRIGGER a_payment_takes_allowed_steps;

CREATE TRIGGER a_voucher_takes_allowed_steps BEFORE UPDATE ON redemption_voucher
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_voucher();
ALTER TABLE redemption_voucher ENABLE ALWAYS TRIGGER a_voucher_takes_allowed_steps;

CREATE TRIGGER a_price_is_kept_for_ever BEFORE INSERT OR UPDATE OR DELETE ON redemption_rewardprice
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_price();
ALTER TABLE redemption_rewardprice ENABLE ALWAYS TRIGGER a_price_is_kept_for_ever;

CREATE TRIGGER a_rise_is_announced_when_it_is_written BEFORE INSERT OR UPDATE OR DELETE ON redemption_pricerise
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_rise();
ALTER TABLE redemption_pricerise ENABLE ALWAYS TRIGGER a_rise_is_announced_when_it_is_written;

CREATE TRIGGER prices_are_not_emptied BEFORE TRUNCATE ON redemption_rewardprice
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_rewardprice ENABLE ALWAYS TRIGGER prices_are_not_emptied;

CREATE TRIGGER rises_are_not_emptied BEFORE TRUNCATE ON redemption_pricerise
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_pricerise ENABLE ALWAYS TRIGGER rises_are_not_emptied;

CREATE TRIGGER a_published_reward_keeps_its_name BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward();

CREATE TRIGGER a_published_reward_keeps_its_purse BEFORE UPDATE ON redemption_reward
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_reward_purse();
ALTER TABLE redemption_reward ENABLE ALWAYS TRIGGER a_published_reward_keeps_its_purse;

CREATE TRIGGER a_reward_is_had_in_its_merchants_shops BEFORE INSERT OR UPDATE ON redemption_reward_stores
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_reward_stores ENABLE ALWAYS TRIGGER a_reward_is_had_in_its_merchants_shops;

CREATE TRIGGER a_slot_is_in_its_merchants_shops BEFORE INSERT OR UPDATE OF reward_id, store_id ON redemption_slot
    FOR EACH ROW EXECUTE FUNCTION redemption_guard_shop();
ALTER TABLE redemption_slot ENABLE ALWAYS TRIGGER a_slot_is_in_its_merchants_shops;

REVOKE INSERT, UPDATE, DELETE ON redemption_orderstep, redemption_transition FROM hongmi_app;
REVOKE DELETE ON redemption_order, redemption_orderreturn, redemption_rewardprice, redemption_pricerise,
    redemption_offset, redemption_payment, redemption_providercallback, redemption_refund, redemption_voucher FROM hongmi_app;
REVOKE UPDATE, DELETE ON redemption_voucherstep, redemption_requestkey, redemption_providercallback,
    redemption_offsetrefund FROM hongmi_app;

-- A logo is never updated; one without an order may be deleted.
REVOKE UPDATE ON redemption_logo FROM hongmi_app;

-- Row-level security of redemption: a scoped request sees the orders, bills, vouchers and payments of its merchants. Every
-- scope reads published rewards; only their merchant writes them. The value index, the allowed steps and the sandbox
-- provider belong to no merchant and have no policy.
DO $$
DECLARE
    v_table text;
    v_open constant text := '(SELECT rls_is_open())';
    v_own constant text := 'merchant_id = ANY ((SELECT rls_merchants())::bigint[])';
    v_order constant text := 'EXISTS (SELECT 1 FROM redemption_order o WHERE o.id = order_id)';
    v_voucher constant text := 'EXISTS (SELECT 1 FROM redemption_voucher v WHERE v.id = voucher_id)';
    v_reward constant text := 'EXISTS (SELECT 1 FROM redemption_reward r WHERE r.id = reward_id)';
    v_own_reward constant text := 'EXISTS (SELECT 1 FROM redemption_reward r WHERE r.id = reward_id
        AND r.merchant_id = ANY ((SELECT rls_merchants())::bigint[]))';
    v_rules constant jsonb := jsonb_build_object(
        'order', v_own, 'voucher', v_own, 'offset', v_own, 'requestkey', v_own, 'payeeaccount', v_own, 'logo', v_own,
        'orderstep', v_order, 'payment', v_order, 'refund', v_order, 'orderreturn', v_order,
        'voucherstep', v_voucher, 'coupon', v_voucher,
        'offsetrefund', 'EXISTS (SELECT 1 FROM redemption_offset f WHERE f.id = offset_id)',
        'offer', v_own_reward, 'limitusage', v_own_reward,
        -- Callbacks name payments of every merchant, so only an unscoped request reads them.
        'providercallback', 'false',
        'reward', v_own, 'reward_stores', v_own_reward, 'slot', v_own_reward,
        'rewardprice', v_own_reward, 'pricerise', v_own_reward);
    -- Stores, slots, prices and announced rises are visible with their reward.
    v_shown constant jsonb := jsonb_build_object(
        'reward', 'status <> ''draft''', 'reward_stores', v_reward, 'slot', v_reward,
        'rewardprice', v_reward, 'pricerise', v_reward);
BEGIN
    FOR v_table IN SELECT jsonb_object_keys(v_rules) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'redemption_' || v_table);
        EXECUTE format('CREATE POLICY a_merchant_sees_its_own ON %I TO hongmi_app USING (%s OR %s)',
                       'redemption_' || v_table, v_open, v_rules ->> v_table);
    END LOOP;
    FOR v_table IN SELECT jsonb_object_keys(v_shown) LOOP
        EXECUTE format('CREATE POLICY everybody_sees_the_mall ON %I FOR SELECT TO hongmi_app USING (%s)',
                       'redemption_' || v_table, v_shown ->> v_table);
    END LOOP;
END $$;

-- The state machine of an order: its rows are the allowed steps. Python reads them and a trigger enforces them; the trigger
-- also records every step with actor and reason, which no role can write directly.
INSERT INTO redemption_transition (from_status, to_status) VALUES
    ('placed', 'awaiting_cash'), ('placed', 'confirmed'),
    ('awaiting_cash', 'confirmed'), ('awaiting_cash', 'cancelled'),
    ('confirmed', 'fulfilled'), ('confirmed', 'accepted'), ('confirmed', 'refunded'),
    ('fulfilled', 'accepted'), ('fulfilled', 'refunded'),
    ('accepted', 'refunded'),
    -- A manager undoes an acceptance within 15 minutes.
    ('accepted', 'confirmed');

-- An order is paid from the purse of its reward and uses a logo of its own member at its own merchant: foreign keys over
-- all of these columns enforce it. They also fix the purse of a reward while it has orders.
ALTER TABLE redemption_reward ADD CONSTRAINT a_reward_has_one_purse UNIQUE (id, purse);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_is_paid_from_the_purse_of_its_reward
    FOREIGN KEY (reward_id, purse) REFERENCES redemption_reward (id, purse);

ALTER TABLE redemption_logo ADD CONSTRAINT a_logo_belongs_to_a_member_at_a_merchant UNIQUE (id, member_id, merchant_id);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_bears_a_logo_of_its_member
    FOREIGN KEY (logo_id, member_id, merchant_id) REFERENCES redemption_logo (id, member_id, merchant_id);
