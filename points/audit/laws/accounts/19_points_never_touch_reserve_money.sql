-- zh: 积分科目与客户备付金科目永不相混（R53 每日证明）。
-- en: No act touches both points and customer reserve money: the daily proof of R53.
SELECT p.act_id AS act, array_agg(DISTINCT p.debit_kind) AS debits, array_agg(DISTINCT p.credit_kind) AS credits
FROM points_posting p
GROUP BY p.act_id
HAVING bool_or(p.debit_kind = 'reserve' OR p.credit_kind = 'reserve') AND bool_or(p.debit_kind <> 'reserve' OR p.credit_kind <> 'reserve')
