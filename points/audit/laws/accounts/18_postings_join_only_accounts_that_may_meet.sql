-- zh: 每条分录的借贷科目组合均为许可的组合。
-- en: Every posting joins a pair of accounts that may meet, and moves points.
SELECT p.act_id AS act, p.line, p.debit_kind, p.credit_kind, p.amount
FROM points_posting p
WHERE (p.debit_kind, p.credit_kind) NOT IN (
          (1, 2), (2, 1), (2, 4), (4, 2), (2, 3), (3, 2), (3, 4), (2, 5), (5, 2), (2, 2), (2, 6), (6, 2), (7, 7))
   OR p.amount <= 0
