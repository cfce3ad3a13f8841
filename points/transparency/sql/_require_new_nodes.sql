-- A tree of n leaves has n / 256^L complete subtrees on level L: exactly those that are new must come, each once.
CREATE FUNCTION points._require_new_nodes(
    p_old_size bigint, p_new_size bigint, p_levels smallint[], p_indexes bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        (SELECT l.level, i.place
         FROM generate_series(1, 7) l(level),
              generate_series(p_old_size / (256 ^ l.level)::bigint, p_new_size / (256 ^ l.level)::bigint - 1) i(place)
         EXCEPT ALL SELECT * FROM unnest(p_levels, p_indexes))
        UNION ALL
        (SELECT * FROM unnest(p_levels, p_indexes)
         EXCEPT ALL
         SELECT l.level, i.place
         FROM generate_series(1, 7) l(level),
              generate_series(p_old_size / (256 ^ l.level)::bigint, p_new_size / (256 ^ l.level)::bigint - 1) i(place))
    ) THEN
        PERFORM points._refuse('HM115', 'tree_nodes_do_not_fit');
    END IF;
END $$;
