-- Whether a member, or an account that was merged into theirs, has a purchase at this merchant.
CREATE FUNCTION points._has_bought(p_member bigint, p_merchant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM points_journal j JOIN points_act a ON a.id = j.act_id
        WHERE j.member_id IN (SELECT p_member UNION ALL SELECT u.id FROM accounts_user u WHERE u.merged_into_id = p_member)
          AND j.merchant_id = p_merchant AND a.kind = 'purchase');
END $$;
