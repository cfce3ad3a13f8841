-- zh: 一次性奖励的记录与授予它的行为一致。
-- en: Every once-only key was used up by the act that says so, once.
SELECT member_id AS member, once_key AS key, o.act_id AS recorded, w.act_id AS awarded
FROM points_once o
FULL JOIN (
    -- A key that a merge carried over belongs to the act that gave it to the duplicate.
    SELECT (a.breakdown ->> 'into')::bigint AS member_id, k.key AS once_key, k.value::bigint AS act_id
    FROM points_act a, jsonb_each_text(a.breakdown -> 'once') AS k WHERE a.kind = 'merge'
    UNION
    SELECT a.member_id, w.award ->> 'once' AS once_key, a.id AS act_id
    FROM points_act a,
         jsonb_array_elements(
             CASE WHEN jsonb_typeof(a.breakdown -> 'awards') = 'array' THEN a.breakdown -> 'awards' END) AS w(award)
    WHERE w.award ? 'once' AND w.award ->> 'dropped' IS DISTINCT FROM 'already_awarded') w USING (member_id, once_key)
WHERE o.act_id IS DISTINCT FROM w.act_id
