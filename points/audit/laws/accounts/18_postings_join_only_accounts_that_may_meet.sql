-- zh: 每条分录的借贷科目组合均为许可的组合。
-- en: Every posting joins a pair of accounts that may meet, and moves points.
SELECT p.act_id AS act, p.line, p.debit_kind, p.credit_kind, p.amount
FROM points_posting p
WHERE (p.debit_kind, p.credit_kind) NOT IN (
          ('issuance', 'member'), ('member', 'issuance'), ('member', 'redeemed'), ('redeemed', 'member'),
          ('member', 'held'), ('held', 'member'), ('held', 'redeemed'), ('member', 'expired'), ('expired', 'member'),
          ('member', 'member'), ('member', 'transit'), ('transit', 'member'), ('reserve', 'reserve'))
   OR p.amount <= 0
