-- The lots that an act granted, and what merges made of them.
CREATE FUNCTION points._lots_of(p_grant bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE descent AS (
        SELECT l.id FROM points_lot l WHERE l.act_id = p_grant
        UNION ALL
        SELECT l.id FROM descent d JOIN points_lot l ON l.source_lot_id = d.id JOIN points_act a ON a.id = l.act_id AND a.kind = 'merge'
    )
    SELECT d.id FROM descent d
$$;
