-- The inner id of a member as a merchant may see them: active, and joined (everyone has joined the platform); NULL when
-- the merchant may not know them. And whether the merchant may issue points, as points._require_merchant says at length.
CREATE OR REPLACE FUNCTION points._as_seen(p_merchant bigint, p_member uuid) RETURNS TABLE (member_id bigint, may_issue boolean)
LANGUAGE sql STABLE AS $$
    SELECT u.id, m.status = 'live' AND m.may_issue
    FROM merchants_merchant m
    LEFT JOIN accounts_user u
        ON u.public_id = p_member AND u.is_active AND u.merged_into_id IS NULL
       AND (m.is_platform OR EXISTS (SELECT 1 FROM merchants_membership s
                                     WHERE s.merchant_id = m.id AND s.member_id = u.id AND s.left_at IS NULL))
    WHERE m.id = p_merchant
$$;

-- The member alone.
CREATE OR REPLACE FUNCTION points._member_of(p_merchant bigint, p_member uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT s.member_id FROM points._as_seen(p_merchant, p_member) s);
END $$;
