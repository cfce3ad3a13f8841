-- The inner id of a member as a merchant may see them: active, and joined (everyone has joined the platform). No row when
-- the merchant may not know them. With IS TRUE about what no index may serve: a planner that takes the tables for empty,
-- as it does until they are first analysed, would look through all who were never merged, or all of the merchant, for
-- each item of a batch.
CREATE FUNCTION points._seen_by(p_merchant bigint, p_is_platform boolean, p_member uuid) RETURNS TABLE (member_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM accounts_user u
    WHERE u.public_id = p_member AND u.is_active AND (u.merged_into_id IS NULL) IS TRUE
      AND (p_is_platform OR (SELECT s.left_at IS NULL FROM merchants_membership s
                             WHERE s.member_id = u.id AND (s.merchant_id = p_merchant) IS TRUE))
    LIMIT 1
$$;
