-- The part of new points that repays a debt to this merchant.
CREATE FUNCTION points._debt_repayable(p_member bigint, p_purse purse, p_merchant bigint, p_points bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT least(d.owed, p_points) FROM points_debt d
                     WHERE d.member_id = p_member AND d.purse = p_purse AND d.merchant_id = p_merchant), 0);
END $$;
