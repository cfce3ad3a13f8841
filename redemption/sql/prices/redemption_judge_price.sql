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
