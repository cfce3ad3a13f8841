-- The same for one act, with whether the merchant may issue points, as points._require_merchant says at length.
CREATE FUNCTION points._as_seen(p_merchant bigint, p_member uuid) RETURNS TABLE (member_id bigint, may_issue boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.member_id, m.status = 'live' AND m.may_issue
    FROM merchants_merchant m LEFT JOIN LATERAL points._seen_by(m.id, m.is_platform, p_member) s ON true
    WHERE m.id = p_merchant
$$;
