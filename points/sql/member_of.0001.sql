-- The inner id of a member as this merchant may see them: active, and joined (everyone has joined the platform).
-- NULL when the merchant may not know them.
CREATE OR REPLACE FUNCTION points._member_of(p_merchant bigint, p_member uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT u.id
    FROM accounts_user u
    WHERE u.public_id = p_member AND u.is_active AND u.merged_into_id IS NULL
      AND (EXISTS (SELECT 1 FROM merchants_membership s
                   WHERE s.merchant_id = p_merchant AND s.member_id = u.id AND s.left_at IS NULL)
           OR EXISTS (SELECT 1 FROM merchants_merchant m WHERE m.id = p_merchant AND m.is_platform)));
END $$;
