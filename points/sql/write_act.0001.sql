-- One act with its key. Every function of the pen but the accruals writes its act through here.
CREATE OR REPLACE FUNCTION points._write_act(
    p_act bigint, p_kind smallint, p_merchant bigint, p_member bigint, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_parent bigint, p_actor bigint, p_approved_by bigint, p_amount_fen bigint,
    p_breakdown jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_act (id, merchant_id, member_id, parent_id, actor_id, approved_by_id, amount_fen,
                            occurred_at, kind, request_hash, reference, breakdown)
    VALUES (p_act, p_merchant, p_member, p_parent, p_actor, p_approved_by, p_amount_fen,
            p_occurred_at, p_kind, p_hash, p_reference, coalesce(p_breakdown, '{}'));
    INSERT INTO points_idempotency (merchant_id, key_digest, act_id)
    SELECT p_merchant, points._key_digest(p_key), p_act WHERE p_key IS NOT NULL;
END $$;

-- One journal row with the balance the wallet has now.
CREATE OR REPLACE FUNCTION points._write_journal(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse smallint, p_points bigint, p_owed bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
    SELECT p_act, p_member, p_merchant, p_points, w.balance, p_owed, p_purse
    FROM points_wallet w WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;

-- One posting: debit account, credit account, amount. Nothing for 0 points.
CREATE OR REPLACE FUNCTION points._write_posting(
    p_act bigint, p_line smallint, p_purse smallint, p_debit_kind smallint, p_debit_holder bigint,
    p_credit_kind smallint, p_credit_holder bigint, p_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    SELECT p_act, p_line, p_purse, p_debit_kind, p_debit_holder, p_credit_kind, p_credit_holder, p_amount
    WHERE p_amount > 0;
END $$;
