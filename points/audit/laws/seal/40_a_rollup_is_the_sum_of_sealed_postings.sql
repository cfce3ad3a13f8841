-- zh: 系统科目的汇总余额等于已封存行为的分录之和。
-- en: The folded balance of every system account is the sum of the postings of sealed acts.
SELECT kind, holder, purse, r.debits, r.credits, p.debits AS posted_debits, p.credits AS posted_credits
FROM points_accountrollup r
FULL JOIN (
    SELECT x.kind, x.holder, x.purse, sum(x.debit) AS debits, sum(x.credit) AS credits
    FROM points_posting p
    JOIN points_seal s ON s.act_id = p.act_id
    CROSS JOIN LATERAL (VALUES (p.debit_kind, p.debit_holder, p.purse, p.amount, 0),
                               (p.credit_kind, p.credit_holder, p.purse, 0, p.amount))
        AS x(kind, holder, purse, debit, credit)
    -- Members' own accounts are not folded: their balances stand in the wallets.
    WHERE x.kind NOT IN ('member', 'held')
    GROUP BY 1, 2, 3) p USING (kind, holder, purse)
WHERE (r.debits, r.credits) IS DISTINCT FROM (p.debits, p.credits)
