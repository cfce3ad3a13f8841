-- zh: 每一行所指的商户、会员、行为与批次都存在。
-- en: Every merchant, member, act and lot that a row names is there: no constraint asks, so the audit does.
SELECT 'points_act' AS of, 'merchant_id' AS names, x.merchant_id AS missing FROM points_act x
WHERE x.merchant_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.merchant_id)
UNION ALL
SELECT 'points_act' AS of, 'member_id' AS names, x.member_id AS missing FROM points_act x
WHERE x.member_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.member_id)
UNION ALL
SELECT 'points_act' AS of, 'actor_id' AS names, x.actor_id AS missing FROM points_act x
WHERE x.actor_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.actor_id)
UNION ALL
SELECT 'points_act' AS of, 'approved_by_id' AS names, x.approved_by_id AS missing FROM points_act x
WHERE x.approved_by_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.approved_by_id)
UNION ALL
SELECT 'points_journal' AS of, 'act_id' AS names, x.act_id AS missing FROM points_journal x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_journal' AS of, 'member_id' AS names, x.member_id AS missing FROM points_journal x
WHERE x.member_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.member_id)
UNION ALL
SELECT 'points_journal' AS of, 'merchant_id' AS names, x.merchant_id AS missing FROM points_journal x
WHERE x.merchant_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.merchant_id)
UNION ALL
SELECT 'points_posting' AS of, 'act_id' AS names, x.act_id AS missing FROM points_posting x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_draw' AS of, 'act_id' AS names, x.act_id AS missing FROM points_draw x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_draw' AS of, 'lot_id' AS names, x.lot_id AS missing FROM points_draw x
WHERE x.lot_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_lot y WHERE y.id = x.lot_id)
UNION ALL
SELECT 'points_lot' AS of, 'act_id' AS names, x.act_id AS missing FROM points_lot x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_lot' AS of, 'member_id' AS names, x.member_id AS missing FROM points_lot x
WHERE x.member_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.member_id)
UNION ALL
SELECT 'points_lot' AS of, 'issuer_id' AS names, x.issuer_id AS missing FROM points_lot x
WHERE x.issuer_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.issuer_id)
UNION ALL
SELECT 'points_lot' AS of, 'source_lot_id' AS names, x.source_lot_id AS missing FROM points_lot x
WHERE x.source_lot_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_lot y WHERE y.id = x.source_lot_id)
UNION ALL
SELECT 'points_wallet' AS of, 'member_id' AS names, x.member_id AS missing FROM points_wallet x
WHERE x.member_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.member_id)
UNION ALL
SELECT 'points_hold' AS of, 'merchant_id' AS names, x.merchant_id AS missing FROM points_hold x
WHERE x.merchant_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.merchant_id)
UNION ALL
SELECT 'points_debt' AS of, 'merchant_id' AS names, x.merchant_id AS missing FROM points_debt x
WHERE x.merchant_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.merchant_id)
UNION ALL
SELECT 'points_once' AS of, 'act_id' AS names, x.act_id AS missing FROM points_once x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_once' AS of, 'member_id' AS names, x.member_id AS missing FROM points_once x
WHERE x.member_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.member_id)
UNION ALL
SELECT 'points_idempotency' AS of, 'act_id' AS names, x.act_id AS missing FROM points_idempotency x
WHERE x.act_id IS NOT NULL AND NOT EXISTS (SELECT FROM points_act y WHERE y.id = x.act_id)
UNION ALL
SELECT 'points_idempotency' AS of, 'merchant_id' AS names, x.merchant_id AS missing FROM points_idempotency x
WHERE x.merchant_id IS NOT NULL AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.merchant_id)
UNION ALL
SELECT 'points_posting', 'debit_holder', x.debit_holder FROM points_posting x
WHERE x.debit_kind IN ('issuance', 'redeemed', 'expired') AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.debit_holder)
UNION ALL
SELECT 'points_posting', 'debit_holder', x.debit_holder FROM points_posting x
WHERE x.debit_kind IN ('member', 'held') AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.debit_holder)
UNION ALL
SELECT 'points_posting', 'credit_holder', x.credit_holder FROM points_posting x
WHERE x.credit_kind IN ('issuance', 'redeemed', 'expired') AND NOT EXISTS (SELECT FROM merchants_merchant y WHERE y.id = x.credit_holder)
UNION ALL
SELECT 'points_posting', 'credit_holder', x.credit_holder FROM points_posting x
WHERE x.credit_kind IN ('member', 'held') AND NOT EXISTS (SELECT FROM accounts_user y WHERE y.id = x.credit_holder)
UNION ALL
SELECT 'points_act', 'store_id', x.store_id FROM points_act x
WHERE x.store_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM merchants_store y WHERE y.id = x.store_id AND y.merchant_id = x.merchant_id)
