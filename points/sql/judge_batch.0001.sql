-- Says of each item what will become of it: new, replayed or rejected with a code; gives the new ones their act ids;
-- and sends every item of a member who needs it one by one.
CREATE OR REPLACE FUNCTION points._judge_batch(p_merchant bigint, p_items points.batch_item[], p_moment timestamptz)
RETURNS points.batch_item[]
LANGUAGE sql VOLATILE AS $$
    WITH seen AS (
        SELECT i.*, a.id AS booked_id, a.request_hash AS booked_hash,
               first_value(i.request_hash) OVER same AS first_hash, row_number() OVER same AS nth
        FROM unnest(p_items) i
        LEFT JOIN points_act a ON a.merchant_id = p_merchant AND a.kind = 1 AND a.reference = i.reference
        WINDOW same AS (PARTITION BY i.reference ORDER BY i.ord)
    ), judged AS (
        SELECT s.*,
               CASE WHEN s.booked_hash IS DISTINCT FROM s.request_hash AND s.booked_id IS NOT NULL THEN 'reference_conflict'
                    WHEN s.booked_id IS NOT NULL THEN NULL
                    WHEN s.first_hash <> s.request_hash THEN 'reference_conflict'
                    WHEN s.member_id IS NULL THEN 'member_not_found'
                    WHEN s.occurred_at > p_moment + interval '5 minutes' THEN 'occurred_in_future' END AS refusal
        FROM seen s
    ), named AS (
        SELECT j.*, CASE WHEN j.refusal IS NOT NULL THEN 'rejected'
                         WHEN j.booked_id IS NOT NULL OR j.nth > 1 THEN 'replayed' ELSE 'new' END AS verdict
        FROM judged j
    ), routed AS (
        SELECT n.*, bool_or(n.verdict = 'new' AND n.one_by_one) OVER (PARTITION BY n.member_id)
                    OR EXISTS (SELECT 1 FROM points_wallet w WHERE w.member_id = n.member_id AND w.owed > 0) AS slowly
        FROM named n
    ), numbered AS (
        SELECT r.ord, nextval('points_act_id_seq') AS act_id
        FROM (SELECT ord FROM routed WHERE verdict = 'new' AND NOT slowly ORDER BY ord) r
    )
    SELECT array_agg(ROW(r.ord, r.member_id, r.reference, r.request_hash, r.occurred_at, r.amount_fen, r.store_id,
                         r.awards, r.breakdown, r.verdict, r.refusal, n.act_id, r.slowly)::points.batch_item ORDER BY r.ord)
    FROM routed r LEFT JOIN numbered n USING (ord)
$$;
