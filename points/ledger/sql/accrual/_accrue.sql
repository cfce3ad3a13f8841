-- The writing half of points.accrue: keys are checked, the member is known, the wallets are locked.
CREATE FUNCTION points._accrue(
    p_kind act_kind, p_merchant bigint, p_member bigint, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_moment timestamptz, p_awards jsonb, p_breakdown jsonb,
    p_amount_fen bigint, p_store bigint, p_parent bigint, p_actor bigint, p_approved_by bigint,
    p_publish boolean, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_act bigint := CASE WHEN p_dry_run THEN NULL ELSE nextval('points_act_id_seq') END;
    v_awards jsonb := p_awards;
    v_award record;
    v_wallet points_wallet;
    v_wallets jsonb := '[]';
    v_purse purse;
    v_nth integer;                      -- of the purse: 1 base, 2 green
    v_line integer := 0;
    v_points bigint[] := '{0,0}';       -- by purse
    v_usable bigint[] := '{0,0}';
    v_next timestamptz[] := '{NULL,NULL}';
    v_repaid bigint;
BEGIN
    IF jsonb_path_exists(p_awards, '$[*] ? (exists(@.caps) || exists(@.once) || exists(@.expires_at))') THEN
        v_awards := points._clamp(p_member, v_act, p_awards, p_occurred_at, p_moment, p_dry_run);
    END IF;

    FOR v_award IN
        SELECT coalesce(a.purse, 'base') AS purse, a.points, coalesce(a.kind, 'spend') AS kind, a.rule,
               coalesce(a.usable_from, least(p_occurred_at, p_moment)) AS usable_from, a.expires_at, a.earmark,
               coalesce(a.transferable, false) AS transferable
        FROM jsonb_to_recordset(v_awards) AS a(
            purse purse, points bigint, kind lot_kind, rule bigint, usable_from timestamptz,
            expires_at timestamptz, earmark text, transferable boolean)
        WHERE a.points > 0
    LOOP
        v_purse := v_award.purse;
        v_nth := array_position(enum_range(NULL::purse), v_purse);
        v_points[v_nth] := v_points[v_nth] + v_award.points;
        IF v_award.earmark IS NULL AND v_award.usable_from <= p_moment
           AND (v_award.expires_at IS NULL OR v_award.expires_at > p_moment) THEN
            v_usable[v_nth] := v_usable[v_nth] + v_award.points;
        END IF;
        v_next[v_nth] := least(v_next[v_nth],
            CASE WHEN v_award.usable_from > p_moment THEN v_award.usable_from END, v_award.expires_at);
        CONTINUE WHEN p_dry_run;
        v_line := v_line + 1;
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, rule_id,
                                purse, kind, transferable, earmark)
        VALUES (p_member, p_merchant, v_act, v_award.points, v_award.points, v_award.usable_from, v_award.expires_at,
                v_award.rule, v_purse, v_award.kind, v_award.transferable, v_award.earmark);
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        VALUES (v_act, v_line, v_purse, 'issuance', p_merchant, 'member', p_member, v_award.points);
    END LOOP;

    IF NOT p_dry_run THEN
        INSERT INTO points_act (id, merchant_id, member_id, parent_id, actor_id, approved_by_id, amount_fen, store_id,
                                occurred_at, kind, request_hash, reference, breakdown)
        VALUES (v_act, p_merchant, p_member, p_parent, p_actor, p_approved_by, p_amount_fen, p_store,
                p_occurred_at, p_kind, p_hash, p_reference, coalesce(p_breakdown, '{}') || jsonb_build_object('awards', v_awards));
        IF p_key IS NOT NULL THEN
            INSERT INTO points_idempotency (merchant_id, key_digest, act_id)
            VALUES (p_merchant, points._key_digest(p_key), v_act);
        END IF;
    END IF;

    FOREACH v_purse IN ARRAY enum_range(NULL::purse) LOOP
        v_nth := array_position(enum_range(NULL::purse), v_purse);
        -- An act that moves nothing still has its row, in the base purse.
        CONTINUE WHEN v_points[v_nth] = 0 AND NOT (v_purse = 'base' AND v_points[2] = 0);
        v_repaid := 0;
        IF p_dry_run THEN
            SELECT * INTO v_wallet FROM points_wallet w WHERE w.member_id = p_member AND w.purse = v_purse;
            IF v_wallet.owed > 0 THEN
                v_repaid := points._debt_repayable(p_member, v_purse, p_merchant, v_usable[v_nth]);
            END IF;
            v_wallet.balance := coalesce(v_wallet.balance, 0) + v_points[v_nth] - v_repaid;
        ELSE
            UPDATE points_wallet w
            SET balance = w.balance + v_points[v_nth], available = w.available + v_usable[v_nth],
                next_change_at = least(w.next_change_at, v_next[v_nth])
            WHERE w.member_id = p_member AND w.purse = v_purse
            RETURNING * INTO v_wallet;
            IF v_wallet.owed > 0 AND v_usable[v_nth] > 0 THEN
                v_line := v_line + 1;
                v_repaid := points._repay(v_act, p_member, v_purse, p_merchant, v_usable[v_nth], p_moment, v_line);
                v_wallet.balance := v_wallet.balance - v_repaid;
            END IF;
            INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
            VALUES (v_act, p_member, p_merchant, v_points[v_nth] - v_repaid, v_wallet.balance, -v_repaid, v_purse);
        END IF;
        v_wallets := v_wallets || jsonb_build_object(
            'member', p_member, 'purse', v_purse, 'points', v_points[v_nth] - v_repaid,
            'balance_after', v_wallet.balance, 'owed', -v_repaid);
    END LOOP;

    IF p_publish AND NOT p_dry_run AND (v_points[1] > 0 OR v_points[2] > 0) THEN
        PERFORM notifications.publish('points.accrued', jsonb_build_object(
            'act', v_act, 'member', p_member, 'merchant', p_merchant, 'kind', p_kind,
            'points', v_points[1], 'green_points', v_points[2]));
    END IF;
    RETURN jsonb_build_object(
        'status', CASE WHEN p_dry_run THEN 'preview' ELSE 'booked' END, 'id', v_act, 'member', p_member,
        'kind', p_kind, 'awards', v_awards, 'wallets', v_wallets);
END $$;
