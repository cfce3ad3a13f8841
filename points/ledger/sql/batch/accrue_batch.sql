-- Books many purchases of one merchant in one call, set-wise. Each item is [member, reference, hash, occurred_at,
-- amount_fen, store, awards, breakdown]; the answer has one row per item in order, [reference, status, code, act id,
-- points, green points] with status booked, replayed or rejected with a code. Rows without names, because a thousand
-- times the same names take longer to read than what they name. One bad item never spoils the rest: everything that can be
-- refused is judged before anything is written. Members with an award under a cap or a once-only key, or with a debt, go
-- through points._accrue one by one, in array order; for all others the effect is the same set-wise (a property test
-- holds the two equal).
CREATE FUNCTION points.accrue_batch(
    p_merchant bigint, p_items jsonb, p_moment timestamptz, p_actor bigint, p_publish boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Because planning its steps anew costs as much as a third of a batch.
SET plan_cache_mode = force_generic_plan
-- Because a connection that planned while the books were empty would go on reading them whole.
SET enable_seqscan = off AS $$
DECLARE
    v_items points.batch_item[];
    v_answer json;
    v_item points.batch_item;
BEGIN
    PERFORM points._require_merchant(p_merchant, true);
    v_items := points._batch_items(
        p_merchant, (SELECT m.is_platform FROM merchants_merchant m WHERE m.id = p_merchant), p_items, p_moment);
    v_items := points._judge_batch(p_merchant, v_items, points._lock_batch(v_items), p_moment);

    FOR v_item IN SELECT * FROM unnest(v_items) i WHERE i.status = 'new' AND i.one_by_one ORDER BY i.ord LOOP
        PERFORM points._accrue(
            'purchase', p_merchant, v_item.member_id, NULL, v_item.reference, v_item.request_hash, v_item.occurred_at,
            p_moment, v_item.awards, v_item.breakdown, v_item.amount_fen, v_item.store_id, NULL, p_actor, NULL,
            p_publish, false);
    END LOOP;
    v_items := points._write_batch(p_merchant, v_items, p_moment, p_actor, p_publish);

    -- Results of items written set-wise are known; those of the others are read from the ledger.
    SELECT json_agg(json_build_array(
        i.reference, CASE WHEN i.status = 'new' THEN 'booked' ELSE i.status END, i.code, coalesce(i.act_id, b.act_id),
        coalesce(i.points, b.points, 0), coalesce(i.green_points, b.green_points, 0)) ORDER BY i.ord)
    INTO v_answer
    FROM unnest(v_items) i
    LEFT JOIN LATERAL (
        SELECT x.act_id, coalesce(sum(x.points) FILTER (WHERE x.purse = 'base'), 0) AS points,
               coalesce(sum(x.points) FILTER (WHERE x.purse = 'green'), 0) AS green_points
        FROM points._booked(p_merchant, i.reference) k JOIN points_journal x ON x.act_id = k.id
        WHERE i.act_id IS NULL AND i.status <> 'rejected' GROUP BY x.act_id) b ON true;
    RETURN coalesce(v_answer, '[]');
END $$;
