-- zh: 批次的可用起始时间不晚于授予时披露的时间。
-- en: A lot is usable from the moment its act disclosed, or from the act itself.
SELECT l.id AS lot, l.act_id AS act, l.usable_from, a.occurred_at
FROM points_lot l
JOIN points_act a ON a.id = l.act_id
WHERE l.source_lot_id IS NULL AND l.usable_from > a.occurred_at
  AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(a.breakdown -> 'awards') w
      WHERE (w ->> 'usable_from')::timestamptz = l.usable_from)
