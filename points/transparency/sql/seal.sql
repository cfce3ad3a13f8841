-- Appends sealed acts to the tree: leaves, complete subtrees, the signed head and the folded balances of system accounts,
-- together or not at all. Refuses a gap (p_size is not the tree's size), an act sealed before, an act that does not
-- exist, and a head without new leaves that covers no more than the last one. The tree therefore only grows.
CREATE FUNCTION points.seal(
    p_size bigint, p_acts bigint[], p_leaf_hashes bytea[],
    p_node_levels smallint[], p_node_indexes bigint[], p_node_hashes bytea[],
    p_sealed_xid bigint, p_horizon_at timestamptz, p_mark_xid bigint, p_mark_at timestamptz, p_signed_at timestamptz,
    p_root_hash bytea, p_signature bytea, p_key_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_last points_treehead;
    v_new_size bigint := p_size + cardinality(p_acts);
BEGIN
    PERFORM pg_advisory_xact_lock(points.seal_lock());
    SELECT * INTO v_last FROM points_treehead h ORDER BY h.id DESC LIMIT 1;
    IF p_size IS DISTINCT FROM coalesce(v_last.tree_size, 0) THEN
        PERFORM points._refuse('HM110', 'tree_has_another_size',
            jsonb_build_object('size', coalesce(v_last.tree_size, 0), 'requested', p_size));
    END IF;
    IF p_horizon_at < v_last.horizon_at OR (cardinality(p_acts) = 0 AND p_horizon_at = v_last.horizon_at) THEN
        PERFORM points._refuse('HM111', 'head_covers_no_more', jsonb_build_object('horizon', v_last.horizon_at));
    END IF;
    PERFORM points._require_hashes(p_leaf_hashes, cardinality(p_acts));
    PERFORM points._require_hashes(p_node_hashes, cardinality(p_node_levels));
    IF octet_length(p_root_hash) <> 32 OR octet_length(p_signature) <> 64 THEN
        PERFORM points._refuse('HM112', 'malformed_hashes');
    END IF;
    IF EXISTS (SELECT 1 FROM points_seal s WHERE s.act_id = ANY (p_acts)) THEN
        PERFORM points._refuse('HM113', 'act_is_sealed');
    END IF;
    IF (SELECT count(*) FROM points_act a WHERE a.id = ANY (p_acts)) <> cardinality(p_acts) THEN
        PERFORM points._refuse('HM114', 'act_not_found');  -- or named twice
    END IF;
    PERFORM points._require_new_nodes(p_size, v_new_size, p_node_levels, p_node_indexes);

    INSERT INTO points_seal (leaf_index, act_id, leaf_hash)
    SELECT p_size + u.place - 1, u.act_id, u.leaf_hash
    FROM unnest(p_acts, p_leaf_hashes) WITH ORDINALITY u(act_id, leaf_hash, place);
    INSERT INTO points_treenode (level, "index", hash)
    SELECT * FROM unnest(p_node_levels, p_node_indexes, p_node_hashes);
    PERFORM points._roll_up(p_acts);
    INSERT INTO points_treehead (tree_size, sealed_xid, horizon_at, mark_xid, mark_at, signed_at,
                                 root_hash, signature, key_id)
    VALUES (v_new_size, p_sealed_xid, p_horizon_at, p_mark_xid, p_mark_at, p_signed_at,
            p_root_hash, p_signature, p_key_id);
END $$;
