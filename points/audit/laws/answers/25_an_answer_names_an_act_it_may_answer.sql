-- zh: 每个应答行为指向同一商户、同一会员的可应答行为。
-- en: Every act that answers another names an earlier one of the same merchant and member (or whom the member was merged into) that it may answer.
WITH RECURSIVE kin AS (
    -- A survivor of a merge answers for the acts of the duplicate.
    SELECT a.member_id, (a.breakdown ->> 'into')::bigint AS into_id FROM points_act a WHERE a.kind = 'merge'
    UNION
    SELECT k.member_id, (a.breakdown ->> 'into')::bigint
    FROM kin k JOIN points_act a ON a.member_id = k.into_id AND a.kind = 'merge'
)
SELECT a.id AS act, a.kind, a.parent_id AS parent, p.kind AS parent_kind
FROM points_act a
LEFT JOIN points_act p ON p.id = a.parent_id
WHERE (a.kind IN ('capture', 'release', 'lapse', 'return', 'reversal', 'refund') AND a.parent_id IS NULL)
   OR (a.parent_id IS NOT NULL
       AND (p.id IS NULL OR p.id >= a.id
            OR (p.member_id <> a.member_id AND (p.member_id, a.member_id) NOT IN (TABLE kin))
            -- A compensation may make good what another merchant did.
            OR (p.merchant_id <> a.merchant_id AND a.kind <> 'compensation')
            OR (a.kind IN ('capture', 'release', 'lapse') AND p.kind <> 'hold')
            OR (a.kind = 'return' AND p.kind <> 'purchase')
            OR (a.kind = 'reversal' AND p.kind NOT IN ('purchase', 'award', 'redemption', 'capture', 'compensation', 'adjustment', 'opening'))
            OR (a.kind = 'refund' AND p.kind NOT IN ('redemption', 'capture'))))
