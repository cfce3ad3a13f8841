-- zh: 上限的已用数等于在其窗口内实际授予或转赠的积分。
-- en: The use of every cap equals the points that its rules awarded, or that were given to family, in its window.
-- A reversal gives nothing back to a cap: what was awarded once was awarded.
WITH counted AS (
    SELECT CASE c.cap ->> 'per' WHEN 'merchant' THEN 0 ELSE a.member_id END AS member_id,
           CASE c.cap ->> 'scope' WHEN 'merchant' THEN 'merchant:' || a.merchant_id
                                  WHEN 'campaign' THEN concat_ws(':', 'campaign', a.merchant_id,
                                                                 v.definition ->> 'campaign')
                                  ELSE 'rule:' || w.rule END AS cap,
           CASE c.cap ->> 'window' WHEN 'campaign' THEN 'campaign'
                ELSE to_char(
                    a.occurred_at AT TIME ZONE 'Asia/Shanghai',
                    CASE c.cap ->> 'window' WHEN 'day' THEN 'YYYY-MM-DD' WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY' END)
           END AS "window",
           w.points
    FROM points_earningruleversion v
    CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'caps') c(cap)
    JOIN points_earningrule r ON r.id = v.rule_id
    JOIN points_act a ON a.merchant_id = r.merchant_id AND a.breakdown ? 'awards'
    JOIN LATERAL jsonb_to_recordset(a.breakdown -> 'awards') AS w(points bigint, rule bigint, version bigint)
        ON w.rule = v.rule_id AND w.version = v.version
    UNION ALL
    SELECT a.member_id, k.cap, to_char(a.occurred_at AT TIME ZONE 'Asia/Shanghai', k.form), -j.points
    FROM points_act a
    JOIN points_journal j ON j.act_id = a.id AND j.member_id = a.member_id
    CROSS JOIN (VALUES ('gift-day', 'YYYY-MM-DD'), ('gift-year', 'YYYY')) AS k(cap, form)
    WHERE a.kind = 'transfer'
), carried AS (
    -- One person has one cap: a merge adds up what both used.
    SELECT (a.breakdown ->> 'into')::bigint AS member_id, c.cap ->> 0 AS cap, c.cap ->> 1 AS "window", (c.cap ->> 2)::bigint AS points
    FROM points_act a, jsonb_array_elements(a.breakdown -> 'caps') AS c(cap) WHERE a.kind = 'merge'
)
SELECT member_id AS member, cap, "window", u.used, s.points AS awarded
FROM points_capusage u
-- In full, because a cap whose row is gone starts from nothing.
FULL JOIN (SELECT member_id, cap, "window", sum(points) AS points
           FROM (TABLE counted UNION ALL TABLE carried) b GROUP BY 1, 2, 3) s
    USING (member_id, cap, "window")
WHERE coalesce(u.used, 0) <> coalesce(s.points, 0)
  -- Caps that no rule defines are not ours to count.
  AND (cap IN ('gift-day', 'gift-year') OR cap IN (SELECT c.cap FROM counted c))
