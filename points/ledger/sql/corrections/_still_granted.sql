-- Points of an act less those that its returns have clawed back, forgiven or made owed.
CREATE FUNCTION points._still_granted(p_grant bigint, p_purse purse) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(0, coalesce((SELECT sum(l.granted) FROM points_lot l WHERE l.act_id = p_grant AND l.purse = p_purse), 0)
        - coalesce((SELECT sum((a.breakdown #>> ARRAY['clawback', p_purse::text])::bigint)
                    FROM points_act a WHERE a.parent_id = p_grant AND a.kind = 'return'), 0))::bigint;
END $$;
