-- Ends lots whose validity is over, for these members: one act per member, purse, issuer and moment of expiry, dated
-- at that moment, so that a balance as of any day is right. Set-wise; answers the number of lots.
-- Availability never waits for this: every read and every spend looks at the dates itself.
CREATE FUNCTION points.expire(p_members bigint[], p_moment timestamptz, p_publish boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM points_wallet w WHERE w.member_id = ANY (p_members) ORDER BY w.member_id, w.purse FOR NO KEY UPDATE;
    RETURN points._expire(p_members, enum_range(NULL::purse), p_moment, p_publish);
END $$;
