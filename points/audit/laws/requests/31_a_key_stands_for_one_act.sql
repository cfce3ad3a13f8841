-- zh: 每个幂等键指向同一商户的业务行为。
-- en: Every idempotency key stands for an act of the same merchant.
SELECT i.merchant_id AS merchant, i.key_digest, i.act_id AS act
FROM points_idempotency i
LEFT JOIN points_act a ON a.id = i.act_id
WHERE a.id IS NULL OR a.merchant_id <> i.merchant_id
