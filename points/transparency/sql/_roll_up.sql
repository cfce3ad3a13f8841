-- Folds the postings of newly sealed acts into the balances of system accounts. Members' own accounts (member, held)
-- are left out, because their balances stand in the wallets.
CREATE FUNCTION points._roll_up(p_acts bigint[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO points_accountrollup AS r (kind, holder, purse, debits, credits)
    SELECT side.kind, side.holder, side.purse, sum(side.debit), sum(side.credit)
    FROM (
        SELECT p.debit_kind AS kind, p.debit_holder AS holder, p.purse, p.amount AS debit, 0 AS credit
        FROM points_posting p WHERE p.act_id = ANY (p_acts)
        UNION ALL
        SELECT p.credit_kind, p.credit_holder, p.purse, 0, p.amount
        FROM points_posting p WHERE p.act_id = ANY (p_acts)
    ) side
    WHERE side.kind NOT IN ('member', 'held')
    GROUP BY side.kind, side.holder, side.purse
    ON CONFLICT (kind, holder, purse) DO UPDATE
    SET debits = r.debits + excluded.debits, credits = r.credits + excluded.credits
$$;
