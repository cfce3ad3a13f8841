-- Judges each item as if it were requested alone and in order: new, replayed or rejected with a code. Gives the new ones
-- their act ids, and marks all items of a member for booking one by one where one of them needs it.
CREATE FUNCTION points._judge_batch(
    p_merchant bigint, p_items points.batch_item[], p_debtors bigint[], p_moment timestamptz) RETURNS points.batch_item[]
LANGUAGE sql VOLATILE AS $$
    WITH booked AS MATERIALIZED (  -- by all references at once: one walk along the index
        SELECT a.id, a.reference, a.request_hash FROM points_act a
        WHERE a.merchant_id = p_merchant AND a.kind = 'purchase'
          AND a.reference = ANY (ARRAY(SELECT i.reference FROM unnest(p_items) i))
    ), seen AS MATERIALIZED (  -- else the objection is evaluated anew wherever it is named
        SELECT i.*, b.id AS booked_id, b.request_hash AS booked_hash, points._objection(p_merchant, i, p_moment) AS objection
        FROM points._rows_of(p_items) i LEFT JOIN booked b USING (reference)
    ), led AS (
        -- The first item of a reference that can be booked; what follows it is compared with it.
        SELECT s.*, first_value(s.ord) OVER lead AS first_ord, first_value(s.request_hash) OVER lead AS first_hash,
               first_value(s.objection) OVER lead AS first_objection
        FROM seen s
        WINDOW lead AS (PARTITION BY s.reference ORDER BY s.objection IS NOT NULL, s.ord)
    ), judged AS (
        SELECT l.*, CASE
            WHEN l.booked_id IS NOT NULL THEN CASE WHEN l.booked_hash = l.request_hash THEN NULL ELSE 'reference_conflict' END
            WHEN l.first_objection IS NULL AND l.first_ord < l.ord
                THEN CASE WHEN l.first_hash = l.request_hash THEN NULL ELSE 'reference_conflict' END
            ELSE l.objection END AS refusal
        FROM led l
    ), named AS MATERIALIZED (
        SELECT j.*, CASE WHEN j.refusal IS NOT NULL THEN 'rejected'
                         WHEN j.booked_id IS NOT NULL OR j.first_ord < j.ord THEN 'replayed' ELSE 'new' END AS verdict
        FROM judged j
    )
    SELECT array_agg(ROW(r.ord, r.member_id, r.reference, r.request_hash, r.occurred_at, r.amount_fen, r.store_id,
                         r.awards, r.breakdown, r.verdict, r.refusal, r.new_id, r.slowly, NULL, NULL
                     )::points.batch_item ORDER BY r.ord)
    FROM (SELECT o.*, CASE WHEN o.verdict = 'new' AND NOT o.slowly THEN nextval('points_act_id_seq') END AS new_id
          FROM (SELECT n.*, coalesce(n.member_id = ANY (p_debtors), false) OR coalesce(n.member_id IN (
                           SELECT s.member_id FROM named s WHERE s.verdict = 'new' AND s.one_by_one), false) AS slowly
                FROM named n ORDER BY n.ord) o) r
$$;
