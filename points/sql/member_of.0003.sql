-- The inner id of a member as a merchant may see them: active, and joined (everyone has joined the platform). No row when
-- the merchant may not know them. With IS TRUE about what no index may serve: a planner that takes the tables for empty,
-- as it does until they are first analysed, would look through all who were never merged, or all of the merchant, for
-- each item of a batch.
CREATE OR REPLACE FUNCTION points._seen_by(p_merchant bigint, p_is_platform boolean, p_member uuid) RETURNS TABLE (member_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM accounts_user u
    WHERE u.public_id = p_member AND u.is_active AND (u.merged_into_id IS NULL) IS TRUE
      AND (p_is_platform OR (SELECT s.left_at IS NULL FROM merchants_membership s
                             WHERE s.member_id = u.id AND (s.merchant_id = p_merchant) IS TRUE))
    LIMIT 1
$$;

-- The same for one act, with whether the merchant may issue points, as points._require_merchant says at length.
CREATE OR REPLACE FUNCTION points._as_seen(p_merchant bigint, p_member uuid) RETURNS TABLE (member_id bigint, may_issue boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.member_id, m.status = 'live' AND m.may_issue
    FROM merchants_merchant m LEFT JOIN LATERAL points._seen_by(m.id, m.is_platform, p_member) s ON true
    WHERE m.id = p_merchant
$$;
