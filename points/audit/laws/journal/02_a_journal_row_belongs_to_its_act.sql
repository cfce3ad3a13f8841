-- zh: 每条交易与其业务行为的商户和会员一致。
-- en: Every journal row names the merchant and the member of its act; only a gift and a merge have two members.
SELECT j.act_id AS act, j.member_id AS member, j.purse
FROM points_journal j
JOIN points_act a ON a.id = j.act_id
WHERE j.merchant_id <> a.merchant_id
   OR (j.member_id <> a.member_id AND a.kind NOT IN ('transfer', 'merge'))
