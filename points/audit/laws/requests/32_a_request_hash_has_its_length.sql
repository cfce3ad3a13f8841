-- zh: 每个业务行为都有 16 字节的请求摘要。
-- en: Every act has a request hash of 16 bytes, those of the clock too.
SELECT a.id AS act, a.kind, length(a.request_hash) AS bytes
FROM points_act a
WHERE length(a.request_hash) <> 16
