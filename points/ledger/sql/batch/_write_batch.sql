-- Writes the items that need no care one by one, each table once, and answers all items, these with what they earned.
CREATE FUNCTION points._write_batch(
    p_merchant bigint, p_items points.batch_item[], p_moment timestamptz, p_actor bigint, p_publish boolean)
RETURNS points.batch_item[]
LANGUAGE plpgsql AS $$
DECLARE
    v_items points.batch_item[];
BEGIN
    WITH item AS MATERIALIZED (
        SELECT * FROM points._rows_of(p_items) i WHERE i.act_id IS NOT NULL
    ), award AS MATERIALIZED (
        -- An act that awards nothing has one row here, of no points.
        SELECT i.act_id, i.member_id, row_number() OVER (PARTITION BY i.act_id) AS line,
               coalesce(a.purse, 'base') AS purse, coalesce(a.points, 0) AS points, coalesce(a.kind, 'spend') AS kind, a.rule,
               coalesce(a.usable_from, least(i.occurred_at, p_moment)) AS usable_from, a.expires_at, a.earmark,
               coalesce(a.transferable, false) AS transferable
        FROM item i LEFT JOIN LATERAL jsonb_to_recordset(i.awards) AS a(
            purse purse, points bigint, kind lot_kind, rule bigint, usable_from timestamptz,
            expires_at timestamptz, earmark text, transferable boolean) ON a.points > 0
    ), acts AS (
        INSERT INTO points_act (id, merchant_id, member_id, actor_id, amount_fen, store_id, occurred_at, kind,
                                request_hash, reference, breakdown)
        SELECT i.act_id, p_merchant, i.member_id, p_actor, i.amount_fen, i.store_id, i.occurred_at, 'purchase',
               i.request_hash, i.reference, i.breakdown || jsonb_build_object('awards', i.awards)
        FROM item i ORDER BY i.reference
    ), lots AS (
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, rule_id,
                                purse, kind, transferable, earmark)
        SELECT a.member_id, p_merchant, a.act_id, a.points, a.points, a.usable_from, a.expires_at, a.rule,
               a.purse, a.kind, a.transferable, a.earmark
        FROM award a WHERE a.points > 0 ORDER BY a.act_id, a.line
    ), postings AS (
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT a.act_id, a.line, a.purse, 'issuance', p_merchant, 'member', a.member_id, a.points
        FROM award a WHERE a.points > 0
    ), effect AS MATERIALIZED (
        SELECT a.act_id, a.member_id, a.purse, sum(a.points)::bigint AS points,
               coalesce(sum(a.points) FILTER (
                   WHERE a.earmark IS NULL AND a.usable_from <= p_moment
                     AND (a.expires_at IS NULL OR a.expires_at > p_moment)), 0)::bigint AS usable,
               least(min(a.usable_from) FILTER (WHERE a.usable_from > p_moment), min(a.expires_at)) AS next_change_at
        FROM award a GROUP BY a.act_id, a.member_id, a.purse
    ), wallet AS (
        UPDATE points_wallet w
        SET balance = w.balance + s.points, available = w.available + s.usable,
            next_change_at = least(w.next_change_at, s.next_change_at)
        FROM (SELECT e.member_id, e.purse, sum(e.points)::bigint AS points, sum(e.usable)::bigint AS usable,
                     min(e.next_change_at) AS next_change_at
              FROM effect e GROUP BY e.member_id, e.purse) s
        WHERE w.member_id = s.member_id AND w.purse = s.purse
        RETURNING w.member_id, w.purse, w.balance
    ), journal AS (
        INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
        -- Counted back from the last balance, so that no wallet is read twice.
        SELECT e.act_id, e.member_id, p_merchant, e.points,
               w.balance + e.points - sum(e.points) OVER (PARTITION BY e.member_id, e.purse ORDER BY e.act_id DESC),
               0, e.purse
        FROM effect e JOIN wallet w USING (member_id, purse)
    ), earned AS (
        SELECT e.act_id, coalesce(sum(e.points) FILTER (WHERE e.purse = 'base'), 0)::bigint AS points,
               coalesce(sum(e.points) FILTER (WHERE e.purse = 'green'), 0)::bigint AS green_points
        FROM effect e GROUP BY e.act_id
    ), published AS (
        SELECT count(notifications.publish('points.accrued', jsonb_build_object(
            'act', i.act_id, 'member', i.member_id, 'merchant', p_merchant, 'kind', 'purchase',
            'points', e.points, 'green_points', e.green_points))) AS sent
        FROM item i JOIN earned e USING (act_id)
        WHERE p_publish AND (e.points > 0 OR e.green_points > 0)
    )
    SELECT array_agg(ROW(i.ord, i.member_id, i.reference, i.request_hash, i.occurred_at, i.amount_fen, i.store_id,
                         i.awards, i.breakdown, i.status, i.code, i.act_id, i.one_by_one, e.points, e.green_points
                     )::points.batch_item ORDER BY i.ord)
    INTO v_items
    FROM points._rows_of(p_items) i LEFT JOIN earned e USING (act_id)
    WHERE (SELECT sent FROM published) IS NOT NULL;
    RETURN v_items;
END $$;
