-- zh: 每个幂等键指向同一商户、同一请求的业务行为。
-- en: Every idempotency key stands for an act of the same merchant and the same request.
SELECT i.merchant_id AS merchant, i.key, i.act_id AS act
FROM points_idempotency i
LEFT JOIN points_act a ON a.id = i.act_id
WHERE a.id IS NULL OR a.merchant_id <> i.merchant_id OR a.request_hash <> i.request_hash
