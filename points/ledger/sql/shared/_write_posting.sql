-- One posting: debit account, credit account, amount. Nothing for 0 points.
CREATE FUNCTION points._write_posting(
    p_act bigint, p_line integer, p_purse purse, p_debit_kind account_kind, p_debit_holder bigint,
    p_credit_kind account_kind, p_credit_holder bigint, p_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    SELECT p_act, p_line, p_purse, p_debit_kind, p_debit_holder, p_credit_kind, p_credit_holder, p_amount
    WHERE p_amount > 0;
END $$;
