-- Whether a member has had what is given once. The key of a first purchase is also used up by any purchase booked before
-- there was a rule for it, else the regulars of a shop would be newcomers on the day it publishes one (SPEC R06).
CREATE FUNCTION points._is_used_up(p_member bigint, p_once text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM points_once o WHERE o.member_id = p_member AND o.once_key = p_once)
        OR (p_once ^@ 'first-purchase:' AND points._has_bought(p_member, split_part(p_once, ':', 2)::bigint));
END $$;
