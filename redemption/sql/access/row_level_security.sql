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
