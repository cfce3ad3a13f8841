-- zh: 批次的积分、种类与有效期与授予时披露的一致（R39）。
-- en: Every lot has the points, the kind and the validity that its act disclosed.
WITH promised AS (
    SELECT a.id AS act, coalesce(w.purse, 'base') AS purse, w.points, coalesce(w.kind, 'spend') AS kind, w.expires_at, w.rule,
           w.earmark, coalesce(w.transferable, false) AS transferable
    FROM points_act a,
         jsonb_to_recordset(CASE WHEN jsonb_typeof(a.breakdown -> 'awards') = 'array' THEN a.breakdown -> 'awards' END)
             AS w(purse purse, points bigint, kind lot_kind, expires_at timestamptz, rule bigint, earmark text,
                  transferable boolean)
    WHERE w.points > 0
), granted AS (
    SELECT l.act_id, l.purse, l.granted, l.kind, coalesce(l.first_expires_at, l.expires_at), l.rule_id, l.earmark,
           l.transferable
    FROM points_lot l WHERE l.source_lot_id IS NULL
)
(TABLE promised EXCEPT ALL TABLE granted) UNION ALL (TABLE granted EXCEPT ALL TABLE promised)
