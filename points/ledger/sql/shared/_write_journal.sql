-- One journal row with the balance the wallet has now.
CREATE FUNCTION points._write_journal(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse purse, p_points bigint, p_owed bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
    SELECT p_act, p_member, p_merchant, p_points, w.balance, p_owed, p_purse
    FROM points_wallet w WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;
