-- Writes the items that need no care one by one, each table once.
CREATE OR REPLACE FUNCTION points._write_batch(
    p_merchant bigint, p_items points.batch_item[], p_moment timestamptz, p_actor bigint, p_publish boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH item AS MATERIALIZED (
        SELECT * FROM unnest(p_items) i WHERE i.status = 'new' AND NOT i.one_by_one
    ), award AS MATERIALIZED (
        SELECT i.act_id, i.member_id, row_number() OVER (PARTITION BY i.act_id)::smallint AS line,
               coalesce(a.purse, 1::smallint) AS purse, a.points, coalesce(a.kind, 1::smallint) AS kind, a.rule,
               coalesce(a.usable_from, least(i.occurred_at, p_moment)) AS usable_from, a.expires_at, a.earmark,
               coalesce(a.transferable, false) AS transferable
        FROM item i, jsonb_to_recordset(i.awards) AS a(
            purse smallint, points bigint, kind smallint, rule bigint, usable_from timestamptz,
            expires_at timestamptz, earmark text, transferable boolean)
        WHERE a.points > 0
    ), acts AS (
        INSERT INTO points_act (id, merchant_id, member_id, actor_id, amount_fen, store_id, occurred_at, kind,
                                request_hash, reference, breakdown)
        SELECT i.act_id, p_merchant, i.member_id, p_actor, i.amount_fen, i.store_id, i.occurred_at, 1,
               i.request_hash, i.reference, i.breakdown || jsonb_build_object('awards', i.awards)
        FROM item i ORDER BY i.reference
    ), lots AS (
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, rule_id,
                                purse, kind, transferable, earmark)
        SELECT a.member_id, p_merchant, a.act_id, a.points, a.points, a.usable_from, a.expires_at, a.rule,
               a.purse, a.kind, a.transferable, a.earmark
        FROM award a ORDER BY a.act_id, a.line
    ), postings AS (
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT a.act_id, a.line, a.purse, 1, p_merchant, 2, a.member_id, a.points FROM award a
    ), effect AS MATERIALIZED (
        SELECT e.act_id, e.member_id, e.purse, sum(e.points)::bigint AS points, sum(e.usable)::bigint AS usable,
               min(e.next_change_at) AS next_change_at
        FROM (SELECT a.act_id, a.member_id, a.purse, a.points,
                     CASE WHEN a.earmark IS NULL AND a.usable_from <= p_moment
                               AND (a.expires_at IS NULL OR a.expires_at > p_moment) THEN a.points ELSE 0 END AS usable,
                     least(CASE WHEN a.usable_from > p_moment THEN a.usable_from END, a.expires_at) AS next_change_at
              FROM award a
              UNION ALL
              -- An act that moves nothing still has its row, in the base purse.
              SELECT i.act_id, i.member_id, 1, 0, 0, NULL FROM item i
              WHERE NOT EXISTS (SELECT 1 FROM award a WHERE a.act_id = i.act_id)) e
        GROUP BY e.act_id, e.member_id, e.purse
    ), journal AS (
        INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
        SELECT e.act_id, e.member_id, p_merchant, e.points,
               w.balance + sum(e.points) OVER (PARTITION BY e.member_id, e.purse ORDER BY e.act_id), 0, e.purse
        FROM effect e JOIN points_wallet w USING (member_id, purse)
    ), letters AS (
        SELECT count(notifications.publish('points.accrued', jsonb_build_object(
            'act', i.act_id, 'member', i.member_id, 'merchant', p_merchant, 'kind', 1,
            'points', coalesce((SELECT sum(e.points) FROM effect e WHERE e.act_id = i.act_id AND e.purse = 1), 0),
            'green_points', coalesce((SELECT sum(e.points) FROM effect e WHERE e.act_id = i.act_id AND e.purse = 2), 0)))) AS sent
        FROM item i WHERE p_publish AND EXISTS (SELECT 1 FROM award a WHERE a.act_id = i.act_id)
    )
    UPDATE points_wallet w
    SET balance = w.balance + s.points, available = w.available + s.usable,
        next_change_at = least(w.next_change_at, s.next_change_at)
    FROM (SELECT e.member_id, e.purse, sum(e.points)::bigint AS points, sum(e.usable)::bigint AS usable,
                 min(e.next_change_at) AS next_change_at
          FROM effect e GROUP BY e.member_id, e.purse) s
    WHERE w.member_id = s.member_id AND w.purse = s.purse
      AND (SELECT sent FROM letters) IS NOT NULL;
END $$;
