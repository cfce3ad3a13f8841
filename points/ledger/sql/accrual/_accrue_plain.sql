-- points._accrue for such an award and a member who owes nothing, without what only other awards need; a property test
-- holds the two equal. The wallet is locked.
CREATE FUNCTION points._accrue_plain(
    p_kind act_kind, p_merchant bigint, p_member bigint, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_moment timestamptz, p_awards jsonb, p_breakdown jsonb,
    p_amount_fen bigint, p_store bigint, p_parent bigint, p_actor bigint, p_approved_by bigint,
    p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_act bigint := nextval('points_act_id_seq');
    v_points bigint := p_awards #> '{0,points}';
    v_balance bigint;
BEGIN
    INSERT INTO points_act (id, merchant_id, member_id, parent_id, actor_id, approved_by_id, amount_fen, store_id,
                            occurred_at, kind, request_hash, reference, breakdown)
    VALUES (v_act, p_merchant, p_member, p_parent, p_actor, p_approved_by, p_amount_fen, p_store, p_occurred_at,
            p_kind, p_hash, p_reference, coalesce(p_breakdown, '{}') || jsonb_build_object('awards', p_awards));
    IF p_key IS NOT NULL THEN
        INSERT INTO points_idempotency (merchant_id, key_digest, act_id)
        VALUES (p_merchant, points._key_digest(p_key), v_act);
    END IF;
    INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, rule_id, purse, kind)
    VALUES (p_member, p_merchant, v_act, v_points, v_points, least(p_occurred_at, p_moment),
            (p_awards #>> '{0,rule}')::bigint, 'base', 'spend');
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    VALUES (v_act, 1, 'base', 'issuance', p_merchant, 'member', p_member, v_points);
    UPDATE points_wallet w SET balance = w.balance + v_points, available = w.available + v_points
    WHERE w.member_id = p_member AND w.purse = 'base'
    RETURNING w.balance INTO v_balance;
    INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, purse)
    VALUES (v_act, p_member, p_merchant, v_points, v_balance, 'base');
    IF p_publish THEN
        PERFORM notifications.publish('points.accrued', jsonb_build_object(
            'act', v_act, 'member', p_member, 'merchant', p_merchant, 'kind', p_kind,
            'points', v_points, 'green_points', 0));
    END IF;
    RETURN jsonb_build_object(
        'status', 'booked', 'id', v_act, 'member', p_member, 'kind', p_kind, 'awards', p_awards,
        'wallets', jsonb_build_array(jsonb_build_object(
            'member', p_member, 'purse', 'base', 'points', v_points, 'balance_after', v_balance, 'owed', 0)));
END $$;
