-- One act with its key. Every ledger function but the accruals writes its act here.
CREATE FUNCTION points._write_act(
    p_act bigint, p_kind act_kind, p_merchant bigint, p_member bigint, p_key text, p_reference text, p_hash bytea,
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
