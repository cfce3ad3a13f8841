SET LOCAL check_function_bodies = off;

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

-- How much of a cap is used, read under its lock. Member 0 is the merchant's own slot: its budget.
CREATE FUNCTION points._cap_used(p_member bigint, p_cap text, p_window text, p_dry_run boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_used bigint;
BEGIN
    IF p_dry_run THEN
        SELECT c.used INTO v_used FROM points_capusage c
        WHERE c.member_id = p_member AND c.cap = p_cap AND c."window" = p_window;
        RETURN coalesce(v_used, 0);
    END IF;
    INSERT INTO points_capusage (member_id, cap, "window", used) VALUES (p_member, p_cap, p_window, 0)
    ON CONFLICT DO NOTHING;
    SELECT c.used INTO v_used FROM points_capusage c
    WHERE c.member_id = p_member AND c.cap = p_cap AND c."window" = p_window FOR NO KEY UPDATE;
    RETURN v_used;
END $$;

-- The caps of one award. A slot is (holder, cap, window); holder 0 is the merchant's own: its budget.
CREATE FUNCTION points._caps_of(p_member bigint, p_award jsonb)
RETURNS TABLE (slot text, holder bigint, cap text, "window" text, "limit" bigint)
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(h.holder, c ->> 'key', c ->> 'window')::text, h.holder, c ->> 'key', c ->> 'window',
           (c ->> 'limit')::bigint
    FROM jsonb_array_elements(coalesce(p_award -> 'caps', '[]')) c,
         LATERAL (SELECT CASE WHEN (c ->> 'member')::boolean THEN p_member ELSE 0 END AS holder) h
$$;

-- Applies once-only keys and caps to the candidate awards and states the effect in each award: `awarded` where points
-- were cut, `dropped` with the reason where none are left. It computes nothing else; the rules did.
-- Caps are locked in one order, budgets (holder 0) first, so that two acts cannot deadlock.
CREATE FUNCTION points._clamp(
    p_member bigint, p_act bigint, p_awards jsonb, p_occurred_at timestamptz, p_moment timestamptz, p_dry_run boolean)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_result jsonb := '[]';
    v_used jsonb := '{}';       -- slot -> used so far, this act included
    v_keys text[] := '{}';      -- once-only keys of this act
    v_award jsonb;
    v_cap record;
    v_once text;
    v_points bigint;
    v_dropped text;
BEGIN
    FOR v_cap IN
        SELECT DISTINCT c.slot, c.holder, c.cap, c."window"
        FROM jsonb_array_elements(p_awards) a, points._caps_of(p_member, a) c ORDER BY 2, 3, 4
    LOOP
        v_used := v_used || jsonb_build_object(
            v_cap.slot, points._cap_used(v_cap.holder, v_cap.cap, v_cap."window", p_dry_run));
    END LOOP;

    FOR v_award IN SELECT * FROM jsonb_array_elements(p_awards) LOOP
        v_points := (v_award ->> 'points')::bigint;
        v_once := v_award ->> 'once';
        v_dropped := NULL;
        IF v_once = ANY (v_keys) OR points._is_used_up(p_member, v_once) THEN
            CONTINUE WHEN v_points = 0;
            v_dropped := 'already_awarded';
        ELSIF (v_award ->> 'expires_at')::timestamptz
              <= coalesce((v_award ->> 'usable_from')::timestamptz, least(p_occurred_at, p_moment)) THEN
            v_dropped := 'already_over';
        ELSE
            SELECT greatest(0, least(v_points, min(c."limit" - (v_used ->> c.slot)::bigint))) INTO v_points
            FROM points._caps_of(p_member, v_award) c;
            SELECT v_used || coalesce(jsonb_object_agg(c.slot, (v_used ->> c.slot)::bigint + v_points), '{}') INTO v_used
            FROM points._caps_of(p_member, v_award) c;
            IF v_points < (v_award ->> 'points')::bigint THEN
                v_award := v_award || jsonb_build_object('awarded', v_award -> 'points', 'points', v_points);
                v_dropped := CASE WHEN v_points = 0 THEN 'cap_reached' END;
            END IF;
        END IF;
        IF v_once IS NOT NULL AND v_dropped IS DISTINCT FROM 'already_awarded' THEN
            v_keys := v_keys || v_once;
            INSERT INTO points_once (member_id, once_key, act_id) SELECT p_member, v_once, p_act WHERE NOT p_dry_run;
        END IF;
        IF v_dropped IN ('already_awarded', 'already_over') THEN
            v_award := v_award || jsonb_build_object('awarded', v_award -> 'points', 'points', 0);
        END IF;
        v_result := v_result || jsonb_build_array(
            (v_award - 'caps') || CASE WHEN v_dropped IS NULL THEN '{}' ELSE jsonb_build_object('dropped', v_dropped) END);
    END LOOP;

    IF NOT p_dry_run THEN
        UPDATE points_capusage c SET used = u.used
        FROM (SELECT (key::jsonb ->> 0)::bigint AS holder, key::jsonb ->> 1 AS cap, key::jsonb ->> 2 AS "window",
                     value::bigint AS used
              FROM jsonb_each_text(v_used)) u
        WHERE c.member_id = u.holder AND c.cap = u.cap AND c."window" = u."window" AND c.used <> u.used;
    END IF;
    RETURN v_result;
END $$;

-- The part of new points that repays a debt to this merchant.
CREATE FUNCTION points._debt_repayable(p_member bigint, p_purse purse, p_merchant bigint, p_points bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT least(d.owed, p_points) FROM points_debt d
                     WHERE d.member_id = p_member AND d.purse = p_purse AND d.merchant_id = p_merchant), 0);
END $$;

-- Whether a member, or an account that was merged into theirs, has a purchase at this merchant.
CREATE FUNCTION points._has_bought(p_member bigint, p_merchant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM points_journal j JOIN points_act a ON a.id = j.act_id
        WHERE j.member_id IN (SELECT p_member UNION ALL SELECT u.id FROM accounts_user u WHERE u.merged_into_id = p_member)
          AND j.merchant_id = p_merchant AND a.kind = 'purchase');
END $$;

-- Is it the shape of nearly every purchase: one award of base points earned by spending, usable at once and for ever, under no cap?
CREATE FUNCTION points._is_plain(p_awards jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_array_length(p_awards) = 1 AND (p_awards #> '{0,points}') > '0'
       AND NOT (p_awards -> 0) ?| '{purse,kind,usable_from,expires_at,earmark,transferable,caps,once}'
$$;

-- Whether a member has had what is given once. The key of a first purchase is also used up by any purchase booked before
-- there was a rule for it, else the regulars of a shop would be newcomers on the day it publishes one (SPEC R06).
CREATE FUNCTION points._is_used_up(p_member bigint, p_once text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM points_once o WHERE o.member_id = p_member AND o.once_key = p_once)
        OR (p_once ^@ 'first-purchase:' AND points._has_bought(p_member, split_part(p_once, ':', 2)::bigint));
END $$;

-- Whether awards of a batch need points._clamp: a cap, a once-only key, or an end before their beginning.
CREATE FUNCTION points._needs_clamp(p_awards jsonb, p_occurred_at timestamptz, p_moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN jsonb_path_exists(p_awards, '$[*] ? (exists(@.caps) || exists(@.once))') THEN true
        WHEN jsonb_path_exists(p_awards, '$[*] ? (exists(@.expires_at))') THEN EXISTS (
            SELECT 1 FROM jsonb_to_recordset(p_awards) AS a(usable_from timestamptz, expires_at timestamptz)
            WHERE a.expires_at <= coalesce(a.usable_from, least(p_occurred_at, p_moment)))
        ELSE false END
$$;

-- Repays a debt to this merchant from the usable lots that this same act granted. Answers the points repaid.
CREATE FUNCTION points._repay(
    p_act bigint, p_member bigint, p_purse purse, p_merchant bigint, p_points bigint,
    p_moment timestamptz, p_line integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_repaid bigint := points._debt_repayable(p_member, p_purse, p_merchant, p_points);
BEGIN
    IF v_repaid = 0 THEN
        RETURN 0;
    END IF;
    WITH granted AS (
        SELECT l.id, l.remaining, sum(l.remaining) OVER (ORDER BY l.id) AS running
        FROM points_lot l
        WHERE l.act_id = p_act AND l.purse = p_purse AND l.earmark IS NULL AND l.usable_from <= p_moment
          AND (l.expires_at IS NULL OR l.expires_at > p_moment)
    ), taken AS (
        SELECT g.id, least(g.remaining, v_repaid - (g.running - g.remaining)) AS points
        FROM granted g WHERE g.running - g.remaining < v_repaid
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    )
    INSERT INTO points_draw (act_id, lot_id, points) SELECT p_act, t.id, -t.points FROM taken t;
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    VALUES (p_act, p_line, p_purse, 'member', p_member, 'issuance', p_merchant, v_repaid);
    UPDATE points_debt d SET owed = d.owed - v_repaid
    WHERE d.member_id = p_member AND d.purse = p_purse AND d.merchant_id = p_merchant;
    UPDATE points_wallet w SET balance = w.balance - v_repaid, available = w.available - v_repaid,
                               owed = w.owed - v_repaid
    WHERE w.member_id = p_member AND w.purse = p_purse;
    RETURN v_repaid;
END $$;

-- Checks that a merchant may grant: to its own member, while it is live, for an event that has happened.
CREATE FUNCTION points._require_accrual(
    p_merchant bigint, p_member bigint, p_occurred_at timestamptz, p_moment timestamptz, p_store bigint, p_parent bigint)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM points._require_merchant(p_merchant, true);
    IF p_occurred_at > p_moment + interval '5 minutes' THEN
        PERFORM points._refuse('HM014', 'occurred_in_future');
    END IF;
    IF NOT points._is_store_of(p_store, p_merchant) THEN
        PERFORM points._refuse('HM017', 'unknown_store');
    END IF;
    IF p_parent IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM points_act a WHERE a.id = p_parent AND a.member_id = p_member) THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
END $$;

-- Books one act that grants lots: a purchase, an award, a compensation, an opening balance, a positive adjustment.
-- Candidate awards come from `rules.award_for`; here they are only clamped (see points._clamp). With `p_dry_run`
-- the answer is the same and nothing is written. Answers {status, id, member, kind, awards, wallets}.
CREATE FUNCTION points.accrue(
    p_kind act_kind, p_merchant bigint, p_member uuid, p_key text, p_reference text, p_hash bytea,
    p_occurred_at timestamptz, p_moment timestamptz, p_awards jsonb, p_breakdown jsonb,
    p_amount_fen bigint, p_store bigint, p_parent bigint, p_actor bigint, p_approved_by bigint,
    p_publish boolean, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_member bigint;
    v_may_issue boolean;
    v_owed bigint;
    v_known jsonb;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN ('purchase', 'award', 'compensation', 'adjustment', 'opening') OR jsonb_typeof(p_awards) IS DISTINCT FROM 'array'
       OR NOT points._is_sound(p_reference, p_hash, p_occurred_at, p_amount_fen) THEN
        PERFORM points._refuse('HM016', 'not_an_accrual');
    END IF;
    SELECT s.member_id, s.may_issue INTO v_member, v_may_issue FROM points._as_seen(p_merchant, p_member) s;
    IF v_member IS NULL THEN
        v_known := CASE WHEN NOT p_dry_run THEN points._known(p_merchant, p_kind, p_key, p_reference, p_hash) END;
    ELSIF p_dry_run THEN
        v_known := points._known(p_merchant, p_kind, NULL, p_reference, p_hash);
    ELSE
        IF p_awards @> '[{"purse": "green"}]' THEN
            PERFORM points._lock_wallets(ARRAY[v_member, v_member], enum_range(NULL::purse));
        ELSE
            SELECT w.owed INTO v_owed FROM points_wallet w WHERE w.member_id = v_member AND w.purse = 'base' FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                v_owed := (points._lock_wallet(v_member, 'base')).owed;
            END IF;
        END IF;
        v_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    END IF;
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    -- One test for the everyday case, because each costs.
    IF v_member IS NULL OR NOT v_may_issue OR p_occurred_at > p_moment + interval '5 minutes'
       OR p_store IS NOT NULL OR p_parent IS NOT NULL THEN
        IF v_member IS NULL THEN
            PERFORM points._refuse_member(p_merchant, p_member);
        END IF;
        PERFORM points._require_accrual(p_merchant, v_member, p_occurred_at, p_moment, p_store, p_parent);
    END IF;
    IF v_owed = 0 AND NOT p_dry_run AND points._is_plain(p_awards) THEN
        RETURN points._accrue_plain(
            p_kind, p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at, p_moment, p_awards, p_breakdown,
            p_amount_fen, p_store, p_parent, p_actor, p_approved_by, p_publish);
    END IF;
    RETURN points._accrue(
        p_kind, p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at, p_moment, p_awards, p_breakdown,
        p_amount_fen, p_store, p_parent, p_actor, p_approved_by, p_publish, p_dry_run);
END $$;

-- The items with their members' inner ids (NULL: not a member here).
CREATE FUNCTION points._batch_items(p_merchant bigint, p_is_platform boolean, p_items jsonb, p_moment timestamptz)
RETURNS points.batch_item[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(ROW(
        i.ord::integer, u.member_id, i.item ->> 1, decode(i.item ->> 2, 'hex'), i.occurred_at,
        (i.item ->> 4)::bigint, (i.item ->> 5)::bigint,
        i.awards, coalesce(nullif(i.item -> 7, 'null'), '{}'), 'new', NULL, NULL,
        -- The words are looked for first, because PostgreSQL does not inline the whole question.
        jsonb_path_exists(i.awards, '$[*] ? (exists(@.caps) || exists(@.once) || exists(@.expires_at))')
            AND points._needs_clamp(i.awards, i.occurred_at, p_moment), NULL, NULL)::points.batch_item ORDER BY i.ord)
    FROM (SELECT x.item, x.ord, (x.item ->> 3)::timestamptz AS occurred_at,
                 coalesce(nullif(x.item -> 6, 'null'), '[]') AS awards
          FROM jsonb_array_elements(p_items) WITH ORDINALITY AS x(item, ord)) i
    LEFT JOIN LATERAL points._seen_by(p_merchant, p_is_platform, (i.item ->> 0)::uuid) u ON true
$$;

-- The purchase booked under a reference. With a LIMIT, because else a planner that takes the books for empty, as it does
-- until they are first analysed, reads all acts of the merchant for each batch.
CREATE FUNCTION points._booked(p_merchant bigint, p_reference text) RETURNS TABLE (id bigint, request_hash bytea)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.request_hash FROM points_act a
    WHERE a.merchant_id = p_merchant AND a.kind = 'purchase' AND a.reference = p_reference LIMIT 1
$$;

-- Judges each item as if it were requested alone and in order: new, replayed or rejected with a code. Gives the new ones
-- their act ids, and marks all items of a member for booking one by one where one of them needs it.
CREATE FUNCTION points._judge_batch(
    p_merchant bigint, p_items points.batch_item[], p_debtors bigint[], p_moment timestamptz) RETURNS points.batch_item[]
LANGUAGE sql VOLATILE AS $$
    WITH booked AS MATERIALIZED (  -- by all references at once: one walk along the index
        SELECT a.id, a.reference, a.request_hash FROM points_act a
        WHERE a.merchant_id = p_merchant AND a.kind = 'purchase'
          AND a.reference = ANY (ARRAY(SELECT i.reference FROM unnest(p_items) i))
    ), seen AS MATERIALIZED (  -- else the objection is evaluated anew wherever it is named
        SELECT i.*, b.id AS booked_id, b.request_hash AS booked_hash, points._objection(p_merchant, i, p_moment) AS objection
        FROM points._rows_of(p_items) i LEFT JOIN booked b USING (reference)
    ), led AS (
        -- The first item of a reference that can be booked; what follows it is compared with it.
        SELECT s.*, first_value(s.ord) OVER lead AS first_ord, first_value(s.request_hash) OVER lead AS first_hash,
               first_value(s.objection) OVER lead AS first_objection
        FROM seen s
        WINDOW lead AS (PARTITION BY s.reference ORDER BY s.objection IS NOT NULL, s.ord)
    ), judged AS (
        SELECT l.*, CASE
            WHEN l.booked_id IS NOT NULL THEN CASE WHEN l.booked_hash = l.request_hash THEN NULL ELSE 'reference_conflict' END
            WHEN l.first_objection IS NULL AND l.first_ord < l.ord
                THEN CASE WHEN l.first_hash = l.request_hash THEN NULL ELSE 'reference_conflict' END
            ELSE l.objection END AS refusal
        FROM led l
    ), named AS MATERIALIZED (
        SELECT j.*, CASE WHEN j.refusal IS NOT NULL THEN 'rejected'
                         WHEN j.booked_id IS NOT NULL OR j.first_ord < j.ord THEN 'replayed' ELSE 'new' END AS verdict
        FROM judged j
    )
    SELECT array_agg(ROW(r.ord, r.member_id, r.reference, r.request_hash, r.occurred_at, r.amount_fen, r.store_id,
                         r.awards, r.breakdown, r.verdict, r.refusal, r.new_id, r.slowly, NULL, NULL
                     )::points.batch_item ORDER BY r.ord)
    FROM (SELECT o.*, CASE WHEN o.verdict = 'new' AND NOT o.slowly THEN nextval('points_act_id_seq') END AS new_id
          FROM (SELECT n.*, coalesce(n.member_id = ANY (p_debtors), false) OR coalesce(n.member_id IN (
                           SELECT s.member_id FROM named s WHERE s.verdict = 'new' AND s.one_by_one), false) AS slowly
                FROM named n ORDER BY n.ord) o) r
$$;

-- Locks what the items need, in the order of all acts: wallets first, then caps. Answers the members who owe points.
CREATE FUNCTION points._lock_batch(p_items points.batch_item[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_debtors bigint[];
    v_members bigint[];
    v_green_members bigint[];
BEGIN
    SELECT array_agg(DISTINCT i.member_id), array_agg(DISTINCT i.member_id) FILTER (WHERE i.awards @> '[{"purse": "green"}]')
    INTO v_members, v_green_members
    FROM unnest(p_items) i WHERE i.member_id IS NOT NULL;
    v_debtors := points._lock_wallets(
        v_members || v_green_members,
        array_fill('base'::purse, ARRAY[coalesce(cardinality(v_members), 0)])
            || array_fill('green'::purse, ARRAY[coalesce(cardinality(v_green_members), 0)]));
    -- All budgets now, because one by one two batches could take them in opposite orders. A member's own caps are
    -- guarded by the wallet.
    PERFORM points._cap_used(0, c.cap, c."window", false)
    FROM (SELECT DISTINCT c.cap, c."window" FROM unnest(p_items) i, jsonb_array_elements(i.awards) a, points._caps_of(-1, a) c
          WHERE i.one_by_one AND i.member_id IS NOT NULL AND c.holder = 0 ORDER BY 1, 2) c;
    RETURN v_debtors;
END $$;

-- The objection to an item that holds whatever else is booked; NULL: none. In the order in which a single purchase is judged.
CREATE FUNCTION points._objection(p_merchant bigint, p_item points.batch_item, p_moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN NOT points._is_sound(p_item.reference, p_item.request_hash, p_item.occurred_at, p_item.amount_fen)
            OR jsonb_typeof(p_item.awards) <> 'array' THEN 'invalid_argument'
        WHEN p_item.member_id IS NULL THEN 'member_not_found'
        WHEN p_item.occurred_at > p_moment + interval '5 minutes' THEN 'occurred_in_future'
        WHEN p_item.store_id IS NOT NULL AND NOT points._is_store_of(p_item.store_id, p_merchant) THEN 'unknown_store' END
$$;

-- The items as rows. A function of its own, because a planner takes what unnest gives for ten rows, and would compare
-- a thousand with a thousand one by one.
CREATE FUNCTION points._rows_of(p_items points.batch_item[]) RETURNS SETOF points.batch_item
LANGUAGE plpgsql ROWS 1000 AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(p_items);
END $$;

-- Writes the items that need no care one by one, each table once, and answers all items, these with what they earned.
CREATE FUNCTION points._write_batch(
    p_merchant bigint, p_items points.batch_item[], p_moment timestamptz, p_actor bigint, p_publish boolean)
RETURNS points.batch_item[]
LANGUAGE plpgsql AS $$
DECLARE
    v_items points.batch_item[];
BEGIN
    WITH item AS MATERIALIZED (
        SELECT * FROM points._rows_of(p_items) i WHERE i.act_id IS NOT NULL
    ), award AS MATERIALIZED (
        -- An act that awards nothing has one row here, of no points.
        SELECT i.act_id, i.member_id, row_number() OVER (PARTITION BY i.act_id) AS line,
               coalesce(a.purse, 'base') AS purse, coalesce(a.points, 0) AS points, coalesce(a.kind, 'spend') AS kind, a.rule,
               coalesce(a.usable_from, least(i.occurred_at, p_moment)) AS usable_from, a.expires_at, a.earmark,
               coalesce(a.transferable, false) AS transferable
        FROM item i LEFT JOIN LATERAL jsonb_to_recordset(i.awards) AS a(
            purse purse, points bigint, kind lot_kind, rule bigint, usable_from timestamptz,
            expires_at timestamptz, earmark text, transferable boolean) ON a.points > 0
    ), acts AS (
        INSERT INTO points_act (id, merchant_id, member_id, actor_id, amount_fen, store_id, occurred_at, kind,
                                request_hash, reference, breakdown)
        SELECT i.act_id, p_merchant, i.member_id, p_actor, i.amount_fen, i.store_id, i.occurred_at, 'purchase',
               i.request_hash, i.reference, i.breakdown || jsonb_build_object('awards', i.awards)
        FROM item i ORDER BY i.reference
    ), lots AS (
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, rule_id,
                                purse, kind, transferable, earmark)
        SELECT a.member_id, p_merchant, a.act_id, a.points, a.points, a.usable_from, a.expires_at, a.rule,
               a.purse, a.kind, a.transferable, a.earmark
        FROM award a WHERE a.points > 0 ORDER BY a.act_id, a.line
    ), postings AS (
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT a.act_id, a.line, a.purse, 'issuance', p_merchant, 'member', a.member_id, a.points
        FROM award a WHERE a.points > 0
    ), effect AS MATERIALIZED (
        SELECT a.act_id, a.member_id, a.purse, sum(a.points)::bigint AS points,
               coalesce(sum(a.points) FILTER (
                   WHERE a.earmark IS NULL AND a.usable_from <= p_moment
                     AND (a.expires_at IS NULL OR a.expires_at > p_moment)), 0)::bigint AS usable,
               least(min(a.usable_from) FILTER (WHERE a.usable_from > p_moment), min(a.expires_at)) AS next_change_at
        FROM award a GROUP BY a.act_id, a.member_id, a.purse
    ), wallet AS (
        UPDATE points_wallet w
        SET balance = w.balance + s.points, available = w.available + s.usable,
            next_change_at = least(w.next_change_at, s.next_change_at)
        FROM (SELECT e.member_id, e.purse, sum(e.points)::bigint AS points, sum(e.usable)::bigint AS usable,
                     min(e.next_change_at) AS next_change_at
              FROM effect e GROUP BY e.member_id, e.purse) s
        WHERE w.member_id = s.member_id AND w.purse = s.purse
        RETURNING w.member_id, w.purse, w.balance
    ), journal AS (
        INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
        -- Counted back from the last balance, so that no wallet is read twice.
        SELECT e.act_id, e.member_id, p_merchant, e.points,
               w.balance + e.points - sum(e.points) OVER (PARTITION BY e.member_id, e.purse ORDER BY e.act_id DESC),
               0, e.purse
        FROM effect e JOIN wallet w USING (member_id, purse)
    ), earned AS (
        SELECT e.act_id, coalesce(sum(e.points) FILTER (WHERE e.purse = 'base'), 0)::bigint AS points,
               coalesce(sum(e.points) FILTER (WHERE e.purse = 'green'), 0)::bigint AS green_points
        FROM effect e GROUP BY e.act_id
    ), published AS (
        SELECT count(notifications.publish('points.accrued', jsonb_build_object(
            'act', i.act_id, 'member', i.member_id, 'merchant', p_merchant, 'kind', 'purchase',
            'points', e.points, 'green_points', e.green_points))) AS sent
        FROM item i JOIN earned e USING (act_id)
        WHERE p_publish AND (e.points > 0 OR e.green_points > 0)
    )
    SELECT array_agg(ROW(i.ord, i.member_id, i.reference, i.request_hash, i.occurred_at, i.amount_fen, i.store_id,
                         i.awards, i.breakdown, i.status, i.code, i.act_id, i.one_by_one, e.points, e.green_points
                     )::points.batch_item ORDER BY i.ord)
    INTO v_items
    FROM points._rows_of(p_items) i LEFT JOIN earned e USING (act_id)
    WHERE (SELECT sent FROM published) IS NOT NULL;
    RETURN v_items;
END $$;

-- Books many purchases of one merchant in one call, set-wise. Each item is [member, reference, hash, occurred_at,
-- amount_fen, store, awards, breakdown]; the answer has one row per item in order, [reference, status, code, act id,
-- points, green points] with status booked, replayed or rejected with a code. Rows without names, because a thousand
-- times the same names take longer to read than what they name. One bad item never spoils the rest: everything that can be
-- refused is judged before anything is written. Members with an award under a cap or a once-only key, or with a debt, go
-- through points._accrue one by one, in array order; for all others the effect is the same set-wise (a property test
-- holds the two equal).
CREATE FUNCTION points.accrue_batch(
    p_merchant bigint, p_items jsonb, p_moment timestamptz, p_actor bigint, p_publish boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Because planning its steps anew costs as much as a third of a batch.
SET plan_cache_mode = force_generic_plan
-- Because a connection that planned while the books were empty would go on reading them whole.
SET enable_seqscan = off AS $$
DECLARE
    v_items points.batch_item[];
    v_answer json;
    v_item points.batch_item;
BEGIN
    PERFORM points._require_merchant(p_merchant, true);
    v_items := points._batch_items(
        p_merchant, (SELECT m.is_platform FROM merchants_merchant m WHERE m.id = p_merchant), p_items, p_moment);
    v_items := points._judge_batch(p_merchant, v_items, points._lock_batch(v_items), p_moment);

    FOR v_item IN SELECT * FROM unnest(v_items) i WHERE i.status = 'new' AND i.one_by_one ORDER BY i.ord LOOP
        PERFORM points._accrue(
            'purchase', p_merchant, v_item.member_id, NULL, v_item.reference, v_item.request_hash, v_item.occurred_at,
            p_moment, v_item.awards, v_item.breakdown, v_item.amount_fen, v_item.store_id, NULL, p_actor, NULL,
            p_publish, false);
    END LOOP;
    v_items := points._write_batch(p_merchant, v_items, p_moment, p_actor, p_publish);

    -- Results of items written set-wise are known; those of the others are read from the ledger.
    SELECT json_agg(json_build_array(
        i.reference, CASE WHEN i.status = 'new' THEN 'booked' ELSE i.status END, i.code, coalesce(i.act_id, b.act_id),
        coalesce(i.points, b.points, 0), coalesce(i.green_points, b.green_points, 0)) ORDER BY i.ord)
    INTO v_answer
    FROM unnest(v_items) i
    LEFT JOIN LATERAL (
        SELECT x.act_id, coalesce(sum(x.points) FILTER (WHERE x.purse = 'base'), 0) AS points,
               coalesce(sum(x.points) FILTER (WHERE x.purse = 'green'), 0) AS green_points
        FROM points._booked(p_merchant, i.reference) k JOIN points_journal x ON x.act_id = k.id
        WHERE i.act_id IS NULL AND i.status <> 'rejected' GROUP BY x.act_id) b ON true;
    RETURN coalesce(v_answer, '[]');
END $$;

-- Gives back all that a spend or a negative adjustment still has of its lots, by postings opposite to its own.
CREATE FUNCTION points._restore(p_act bigint, p_parent points_act, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sources bigint[] := points._sources(p_parent);
    v_points bigint;
BEGIN
    SELECT coalesce(-sum(d.points), 0) INTO v_points FROM points_draw d WHERE d.act_id = ANY (v_sources);
    IF v_points > 0 THEN
        PERFORM points._give_back(p_act, v_sources, v_points, p_moment, NULL);
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT p_act, row_number() OVER (ORDER BY n.kind, n.holder), p_purse, n.kind, n.holder, 'member', p_parent.member_id, n.amount
        FROM (SELECT p.kind, p.holder, sum(p.amount) AS amount FROM (
                  SELECT credit_kind AS kind, credit_holder AS holder, amount FROM points_posting
                  WHERE act_id = p_parent.id AND credit_kind IN ('issuance', 'redeemed')
                  UNION ALL
                  SELECT debit_kind, debit_holder, -amount FROM points_posting q JOIN points_act c ON c.id = q.act_id
                  WHERE c.parent_id = p_parent.id AND c.kind = 'refund' AND debit_kind IN ('issuance', 'redeemed')) p
              GROUP BY p.kind, p.holder HAVING sum(p.amount) > 0) n;
        UPDATE points_wallet w SET balance = w.balance + v_points
        WHERE w.member_id = p_parent.member_id AND w.purse = p_purse;
    END IF;
    PERFORM points._refresh(p_parent.member_id, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_parent.merchant_id, p_parent.member_id, p_purse, v_points, 0);
END $$;

-- Points of an act less those that its returns have clawed back, forgiven or made owed.
CREATE FUNCTION points._still_granted(p_grant bigint, p_purse purse) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(0, coalesce((SELECT sum(l.granted) FROM points_lot l WHERE l.act_id = p_grant AND l.purse = p_purse), 0)
        - coalesce((SELECT sum((a.breakdown #>> ARRAY['clawback', p_purse::text])::bigint)
                    FROM points_act a WHERE a.parent_id = p_grant AND a.kind = 'return'), 0))::bigint;
END $$;

-- Reverses a mistaken act once. Granted points are clawed back (by p_policy where spent); taken points go back to their
-- lots. Holds are released, transfers given back, expiries made good by compensation instead.
CREATE FUNCTION points.reverse(
    p_merchant bigint, p_parent bigint, p_reference text, p_hash bytea, p_moment timestamptz, p_policy text,
    p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_survivor bigint;
    v_member bigint;
    v_is_grant boolean;
    v_known jsonb;
    v_act bigint;
    v_purse purse;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    v_survivor := points._lock_with_survivor(v_parent.member_id, enum_range(NULL::purse));
    v_known := points._known(p_merchant, 'reversal', NULL, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    IF v_parent.kind NOT IN ('purchase', 'award', 'redemption', 'capture', 'compensation', 'adjustment', 'opening') THEN
        PERFORM points._refuse('HM009', 'not_reversible', jsonb_build_object('kind', v_parent.kind));
    END IF;
    IF EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'reversal') THEN
        PERFORM points._refuse('HM008', 'already_reversed');
    END IF;
    PERFORM points._require_policy(p_policy);
    -- The survivor of a merge has the granted points; spent points go back to their own lots, and on from there.
    v_is_grant := v_parent.kind IN ('purchase', 'award', 'compensation', 'opening') OR EXISTS (SELECT 1 FROM points_lot l WHERE l.act_id = p_parent);
    v_member := CASE WHEN v_is_grant THEN coalesce(v_survivor, v_parent.member_id) ELSE v_parent.member_id END;
    -- Other acts first, because the numbers of acts are the order of the journal.
    FOR v_purse IN SELECT j.purse FROM points_journal j WHERE j.act_id = p_parent ORDER BY j.purse LOOP
        PERFORM points._lapse_due(v_member, v_purse, p_moment);
        PERFORM points._expire_due(v_member, v_purse, p_moment);
    END LOOP;
    v_act := nextval('points_act_id_seq');
    FOR v_purse IN SELECT j.purse FROM points_journal j WHERE j.act_id = p_parent ORDER BY j.purse LOOP
        IF v_is_grant THEN
            PERFORM points._claw(v_act, p_merchant, v_member, v_purse, points._still_granted(p_parent, v_purse),
                                 p_parent, p_moment, p_policy, CASE v_purse WHEN 'base' THEN 1 ELSE 3 END);
        ELSE
            PERFORM points._reopen(v_parent.member_id, v_survivor);
            PERFORM points._restore(v_act, v_parent, v_purse, p_moment);
        END IF;
    END LOOP;
    PERFORM points._write_act(v_act, 'reversal', p_merchant, v_member, NULL, p_reference, p_hash, p_moment,
                              p_parent, p_actor, NULL, NULL, p_breakdown);
    IF NOT v_is_grant THEN
        PERFORM points._carry_on(v_parent.member_id, v_survivor, v_act, p_moment);
    END IF;
    IF p_publish THEN
        PERFORM notifications.publish('points.reversed', jsonb_build_object(
            'act', v_act, 'member', coalesce(v_survivor, v_parent.member_id), 'merchant', p_merchant, 'reversed', p_parent,
            'points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 'base'),
            'green_points', (SELECT coalesce(sum(j.points), 0) FROM points_journal j WHERE j.act_id = v_act AND j.purse = 'green')));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

-- Takes points away by a correction that one person proposed and another approved; the table refuses fewer than two.
-- (A correction that gives points is points.accrue with the same kind.)
CREATE FUNCTION points.take_away(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_approved_by bigint, p_breakdown jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('adjustment', p_merchant, p_member, p_purse, p_points, NULL, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._claw(v_act, p_merchant, v_begun.o_member, p_purse, p_points, NULL, p_moment, 'refuse', 1);
    PERFORM points._write_act(v_act, 'adjustment', p_merchant, v_begun.o_member, NULL, p_reference, p_hash, p_moment,
                              NULL, p_actor, p_approved_by, NULL, p_breakdown);
    PERFORM notifications.publish('points.taken_away', jsonb_build_object(
        'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    RETURN points._answer(v_act, 'booked');
END $$;

CREATE FUNCTION points._expire(
    p_members bigint[], p_purses purse[], p_moment timestamptz, p_publish boolean) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_count integer;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT l.ctid AS place, l.id, l.member_id, l.purse, l.issuer_id, l.expires_at, l.remaining
        FROM points_lot l
        WHERE l.member_id = ANY (p_members) AND l.purse = ANY (p_purses) AND l.is_open AND l.expires_at <= p_moment
    ), act AS MATERIALIZED (
        SELECT nextval('points_act_id_seq') AS id, g.* FROM (
            SELECT d.member_id, d.purse, d.issuer_id, d.expires_at, sum(d.remaining)::bigint AS points
            FROM due d GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3) g
    ), acts AS (
        INSERT INTO points_act (id, merchant_id, member_id, occurred_at, kind, request_hash, reference, breakdown)
        SELECT a.id, a.issuer_id, a.member_id, a.expires_at, 'expiry', points._hash_of('expiry-' || a.id), 'expiry-' || a.id, '{}'
        FROM act a
    ), postings AS (
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        SELECT a.id, 1, a.purse, 'member', a.member_id, 'expired', a.issuer_id, a.points FROM act a
    ), lots AS (
        -- By their place in the table, which holds while the wallets are locked: looked up by key again, or joined to the
        -- whole table, they cost a fifth more.
        UPDATE points_lot l SET remaining = 0, is_open = false WHERE l.ctid = ANY (ARRAY(SELECT d.place FROM due d))
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT a.id, d.id, -d.remaining
        FROM due d JOIN act a USING (member_id, purse, issuer_id, expires_at)
    ), journal AS (
        INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
        SELECT a.id, a.member_id, a.issuer_id, -a.points,
               w.balance - sum(a.points) OVER (PARTITION BY a.member_id, a.purse ORDER BY a.id), 0, a.purse
        FROM act a JOIN points_wallet w USING (member_id, purse)
    ), wallets AS (
        -- The standing is read before the lots end, in the same pass: it does not count a lot whose time is over.
        UPDATE points_wallet w
        SET balance = w.balance - coalesce(s.points, 0), available = t.available, next_change_at = t.next_change_at
        FROM points_wallet o
        LEFT JOIN (SELECT a.member_id, a.purse, sum(a.points) AS points FROM act a GROUP BY 1, 2) s USING (member_id, purse),
             LATERAL points._standing(o.member_id, o.purse, p_moment) t
        WHERE o.member_id = ANY (p_members) AND o.purse = ANY (p_purses)
          AND (s.points IS NOT NULL OR o.next_change_at <= p_moment)
          AND w.member_id = o.member_id AND w.purse = o.purse
    ), published AS (
        SELECT count(notifications.publish('points.expired', jsonb_build_object(
            'act', a.id, 'member', a.member_id, 'merchant', a.issuer_id, 'purse', a.purse, 'points', a.points))) AS sent
        FROM act a WHERE p_publish
    )
    SELECT (SELECT count(*) FROM due) + 0 * (SELECT sent FROM published) INTO v_count;
    RETURN v_count;
END $$;

-- The same for one wallet whose lock is held: due lots expire before points come back to them.
CREATE FUNCTION points._expire_due(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_lot l WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
                                            AND l.expires_at <= p_moment) THEN
        PERFORM points._expire(ARRAY[p_member], ARRAY[p_purse], p_moment, true);
    END IF;
END $$;

-- Ends lots whose validity is over, for these members: one act per member, purse, issuer and moment of expiry, dated
-- at that moment, so that a balance as of any day is right. Set-wise; answers the number of lots.
-- Availability never waits for this: every read and every spend looks at the dates itself.
CREATE FUNCTION points.expire(p_members bigint[], p_moment timestamptz, p_publish boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM points_wallet w WHERE w.member_id = ANY (p_members) ORDER BY w.member_id, w.purse FOR NO KEY UPDATE;
    RETURN points._expire(p_members, enum_range(NULL::purse), p_moment, p_publish);
END $$;

-- The wallet of a merged member stays closed. An act that read the member as living and then waited for the wallet while
-- two people merged them is sent back, and its retry finds the merge; a correction of an older act reopens the wallet
-- itself (points._reopen). After the update and not before it, because a trigger before it would lock the row anew.
CREATE FUNCTION points._guard_wallet() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'member % was merged meanwhile', OLD.member_id USING ERRCODE = 'serialization_failure';
END $$;

-- The terms of a lot stay: its end of validity may move later, never earlier (SPEC R39), and nothing
-- else about the grant may change. Fires only for statements that name these columns, so spending does not pay for it.
CREATE FUNCTION points.guard_lot() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.expires_at IS DISTINCT FROM NEW.expires_at
       AND (OLD.expires_at IS NULL OR NEW.expires_at < OLD.expires_at) THEN
        RAISE EXCEPTION 'the validity of lot % may not be shortened', OLD.id USING ERRCODE = 'HM101';
    END IF;
    IF OLD.first_expires_at IS NOT NULL AND NEW.first_expires_at IS DISTINCT FROM OLD.first_expires_at THEN
        RAISE EXCEPTION 'the first validity of lot % may not be rewritten', OLD.id USING ERRCODE = 'HM101';
    END IF;
    IF (OLD.member_id, OLD.purse, OLD.issuer_id, OLD.kind, OLD.act_id, OLD.granted, OLD.usable_from,
        OLD.value_fen, OLD.transferable, OLD.earmark, OLD.source_lot_id, OLD.rule_id)
       IS DISTINCT FROM
       (NEW.member_id, NEW.purse, NEW.issuer_id, NEW.kind, NEW.act_id, NEW.granted, NEW.usable_from,
        NEW.value_fen, NEW.transferable, NEW.earmark, NEW.source_lot_id, NEW.rule_id) THEN
        RAISE EXCEPTION 'the grant of lot % may not be rewritten', OLD.id USING ERRCODE = 'HM101';
    END IF;
    RETURN NEW;
END $$;

-- The pairs of accounts that a posting may join (SPEC R53). Reserve joins only itself, so points never mix with customer
-- reserve money. In PL/pgSQL, because it keeps its plan; a list in the CHECK itself is parsed for every statement.
CREATE FUNCTION points.may_meet(p_debit account_kind, p_credit account_kind) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (p_debit, p_credit) IN (
        ('issuance', 'member'),     -- issue
        ('member', 'issuance'),     -- claw back, reverse an issue
        ('member', 'redeemed'),     -- redeem
        ('redeemed', 'member'),     -- refund
        ('member', 'held'),         -- hold
        ('held', 'member'),         -- release, lapse
        ('held', 'redeemed'),       -- capture
        ('member', 'expired'),      -- expire
        ('expired', 'member'),      -- reverse an expiry
        ('member', 'member'),       -- transfer
        ('member', 'transit'),
        ('transit', 'member'),
        ('reserve', 'reserve'));
END $$;

-- The books only grow. Refuses UPDATE, DELETE and TRUNCATE, even the owner's slip: a statement trigger that is
-- ENABLE ALWAYS also fires under session_replication_role = replica.
CREATE FUNCTION points.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the books are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'HM100', HINT = 'Book an act that answers the earlier one.';
END $$;

-- One person has one cap: what both used is added up. Answers [cap, window, points] of each that was carried.
CREATE FUNCTION points._carry_caps(p_from bigint, p_to bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH used AS (
        SELECT c.cap, c."window", c.used FROM points_capusage c WHERE c.member_id = p_from AND c.used > 0
    ), carried AS (
        INSERT INTO points_capusage AS c (member_id, cap, "window", used)
        SELECT p_to, u.cap, u."window", u.used FROM used u ORDER BY 2, 3
        ON CONFLICT (member_id, cap, "window") DO UPDATE SET used = c.used + excluded.used
    )
    SELECT coalesce(jsonb_agg(jsonb_build_array(u.cap, u."window", u.used) ORDER BY u.cap, u."window"), '[]') FROM used u
$$;

-- Points that the act p_after gave back to a merged member go on to the survivor at once, by an act of the same merge.
CREATE FUNCTION points._carry_on(p_member bigint, p_survivor bigint, p_after bigint, p_moment timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_reference text := 'merge-after-' || p_after;
    v_platform bigint := (SELECT m.id FROM merchants_merchant m WHERE m.is_platform);
    v_merge accounts_membermerge;
    v_act bigint;
BEGIN
    IF p_survivor IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO v_merge FROM accounts_membermerge g
    WHERE g.duplicate_id = p_member AND g.approved_by_id IS NOT NULL ORDER BY g.id DESC LIMIT 1;
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, p_member, p_survivor, v_platform, p_moment);
    PERFORM points._write_act(v_act, 'merge', v_platform, p_member, NULL, v_reference, points._hash_of(v_reference),
        p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object('merge', v_merge.id, 'into', p_survivor, 'after', p_after));
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = p_member;
END $$;

-- Carries the duplicate's once-only keys over: the survivor cannot have those awards again. Returns {key: act that used it up}, new ones only.
CREATE FUNCTION points._carry_once(p_from bigint, p_to bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH carried AS (
        INSERT INTO points_once (member_id, once_key, act_id)
        SELECT p_to, o.once_key, o.act_id FROM points_once o WHERE o.member_id = p_from
        ON CONFLICT DO NOTHING RETURNING once_key, act_id
    )
    SELECT coalesce(jsonb_object_agg(c.once_key, c.act_id), '{}') FROM carried c
$$;

-- The act that granted a lot, however often it was moved by merges since.
CREATE FUNCTION points._granting_act(p_lot points_lot) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot points_lot := p_lot;
BEGIN
    WHILE v_lot.source_lot_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM points_act a WHERE a.id = v_lot.act_id AND a.kind = 'merge') LOOP
        SELECT * INTO v_lot FROM points_lot l WHERE l.id = v_lot.source_lot_id;
    END LOOP;
    RETURN v_lot.act_id;
END $$;

-- Locks the wallets of a member whose earlier act is corrected, and after a merge the survivor's too, all in one order.
-- Returns the survivor or NULL. If a merge was booked while this waited, the caller retries.
CREATE FUNCTION points._lock_with_survivor(p_member bigint, p_purses purse[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_survivor bigint := points._survivor_of(p_member);
    v_members bigint[];
    v_purses purse[];
BEGIN
    SELECT array_agg(m.id), array_agg(p.purse) INTO v_members, v_purses
    FROM unnest(array_remove(ARRAY[p_member, v_survivor], NULL)) AS m(id), unnest(p_purses) AS p(purse);
    PERFORM points._lock_wallets(v_members, v_purses);
    IF points._survivor_of(p_member) IS DISTINCT FROM v_survivor THEN
        RAISE EXCEPTION 'the member was merged meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN v_survivor;
END $$;

-- The lots that an act granted, and what merges made of them.
CREATE FUNCTION points._lots_of(p_grant bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE descent AS (
        SELECT l.id FROM points_lot l WHERE l.act_id = p_grant
        UNION ALL
        SELECT l.id FROM descent d JOIN points_lot l ON l.source_lot_id = d.id JOIN points_act a ON a.id = l.act_id AND a.kind = 'merge'
    )
    SELECT d.id FROM descent d
$$;

-- Each merchant's debt moves by an act of that merchant, because no other merchant may read it.
CREATE FUNCTION points._move_debts(p_merge accounts_membermerge, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_reference text := 'merge-' || p_merge.id;
    v_merchant bigint;
    v_debt points_debt;
    v_act bigint;
BEGIN
    FOR v_merchant IN SELECT DISTINCT d.merchant_id FROM points_debt d
                      WHERE d.member_id = p_merge.duplicate_id AND d.owed > 0 ORDER BY 1 LOOP
        v_act := nextval('points_act_id_seq');
        FOR v_debt IN SELECT * FROM points_debt d WHERE d.member_id = p_merge.duplicate_id AND d.merchant_id = v_merchant
                      AND d.owed > 0 ORDER BY d.purse LOOP
            UPDATE points_debt d SET owed = 0
            WHERE d.member_id = v_debt.member_id AND d.purse = v_debt.purse AND d.merchant_id = v_merchant;
            INSERT INTO points_debt AS d (member_id, purse, merchant_id, owed)
            VALUES (p_merge.survivor_id, v_debt.purse, v_merchant, v_debt.owed)
            ON CONFLICT (member_id, purse, merchant_id) DO UPDATE SET owed = d.owed + v_debt.owed;
            UPDATE points_wallet w
            SET owed = w.owed + CASE WHEN w.member_id = v_debt.member_id THEN -v_debt.owed ELSE v_debt.owed END
            WHERE w.member_id IN (v_debt.member_id, p_merge.survivor_id) AND w.purse = v_debt.purse;
            PERFORM points._write_journal(v_act, v_merchant, v_debt.member_id, v_debt.purse, 0, -v_debt.owed);
            PERFORM points._write_journal(v_act, v_merchant, p_merge.survivor_id, v_debt.purse, 0, v_debt.owed);
        END LOOP;
        PERFORM points._write_act(v_act, 'merge', v_merchant, p_merge.duplicate_id, NULL, v_reference,
            points._hash_of(v_reference), p_moment, NULL, p_merge.proposed_by_id, p_merge.approved_by_id, NULL,
            jsonb_build_object('merge', p_merge.id, 'into', p_merge.survivor_id));
    END LOOP;
END $$;

-- Moves every open lot as it stands: points, issuer, value, kind, validity, what it is kept for, whether it may be given.
-- Writes postings, the journal rows of both members (those of the base purse always) and both wallets.
CREATE FUNCTION points._move_lots(
    p_act bigint, p_from bigint, p_to bigint, p_merchant bigint, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_purse purse;
    v_points bigint;
BEGIN
    FOREACH v_purse IN ARRAY enum_range(NULL::purse) LOOP
        INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, source_lot_id,
                                rule_id, purse, kind, value_fen, transferable, earmark)
        SELECT p_to, l.issuer_id, p_act, l.remaining, l.remaining, l.usable_from, l.expires_at, l.id,
               l.rule_id, l.purse, l.kind, l.value_fen, l.transferable, l.earmark
        FROM points_lot l WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open ORDER BY l.id;
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT p_act, l.id, -l.remaining FROM points_lot l
        WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open;
        UPDATE points_lot l SET remaining = 0, is_open = false
        WHERE l.member_id = p_from AND l.purse = v_purse AND l.is_open;
        SELECT coalesce(-sum(d.points), 0) INTO v_points
        FROM points_draw d JOIN points_lot l ON l.id = d.lot_id WHERE d.act_id = p_act AND l.purse = v_purse;
        CONTINUE WHEN v_points = 0 AND v_purse = 'green';
        UPDATE points_wallet w SET balance = w.balance - v_points, available = 0, next_change_at = NULL
        WHERE w.member_id = p_from AND w.purse = v_purse;
        UPDATE points_wallet w SET balance = w.balance + v_points WHERE w.member_id = p_to AND w.purse = v_purse;
        PERFORM points._refresh(p_to, v_purse, p_moment);
        PERFORM points._write_posting(
            p_act, CASE v_purse WHEN 'base' THEN 1 ELSE 2 END, v_purse, 'member', p_from, 'member', p_to, v_points);
        PERFORM points._write_journal(p_act, p_merchant, p_from, v_purse, -v_points, 0);
        PERFORM points._write_journal(p_act, p_merchant, p_to, v_purse, v_points, 0);
    END LOOP;
END $$;

-- Refuses a member a merchant cannot name: unknown, left or never joined (without saying which), or merged into another.
-- Only a merchant that had both members gets the survivor of a merge.
CREATE FUNCTION points._refuse_member(p_merchant bigint, p_member uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_survivor uuid := (SELECT s.public_id FROM accounts_user u JOIN accounts_user s ON s.id = u.merged_into_id
                        JOIN merchants_membership k ON k.member_id = u.id AND k.merchant_id = p_merchant
                        WHERE u.public_id = p_member);
BEGIN
    IF v_survivor IS NOT NULL AND points._member_of(p_merchant, v_survivor) IS NOT NULL THEN
        PERFORM points._refuse('HM019', 'member_merged', jsonb_build_object('merged_into', v_survivor));
    END IF;
    PERFORM points._refuse('HM004', 'member_not_found');
END $$;

-- Lets an act give points back to the lots of a merged member; points._carry_on takes them on and closes again.
CREATE FUNCTION points._reopen(p_member bigint, p_survivor bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET is_merged = false WHERE w.member_id = p_member AND w.is_merged AND p_survivor IS NOT NULL;
END $$;

-- Two living accounts; due holds and lots end first, in the account they belong to; no hold is left open.
CREATE FUNCTION points._require_mergeable(p_merge accounts_membermerge, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_holds bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM points_wallet w
               WHERE w.member_id IN (p_merge.duplicate_id, p_merge.survivor_id) AND w.is_merged) THEN
        PERFORM points._refuse('HM019', 'member_merged');
    END IF;
    PERFORM points._lapse_due(p_merge.duplicate_id, 'base', p_moment);
    PERFORM points._lapse_due(p_merge.duplicate_id, 'green', p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 'base', p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 'green', p_moment);
    SELECT count(*) INTO v_holds FROM points_hold h WHERE h.member_id = p_merge.duplicate_id AND h.is_open;
    IF v_holds > 0 THEN
        PERFORM points._refuse('HM021', 'holds_are_open', jsonb_build_object('holds', v_holds));
    END IF;
END $$;

-- Whom a member was merged into; NULL: nobody. One step, because a later merge takes along whom the first one took.
CREATE FUNCTION points._survivor_of(p_member bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT u.merged_into_id FROM accounts_user u WHERE u.id = p_member
$$;

-- Merges a duplicate member into the one who survives, as two people of support decided (the row of accounts_membermerge
-- is the order, and only one that a second person approved is carried out). Everything goes over by entries: each open
-- lot whole, to a lot that remembers it; each debt, by an act of the merchant it is owed to; once-only keys and used
-- caps, stated in the breakdown. Refused while holds are open, because a hold ends in the wallet it was taken from.
CREATE FUNCTION points.merge(p_merge bigint, p_moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_merge accounts_membermerge;
    v_platform bigint := (SELECT m.id FROM merchants_merchant m WHERE m.is_platform);
    v_reference text := 'merge-' || p_merge;
    v_known jsonb;
    v_act bigint;
BEGIN
    SELECT * INTO v_merge FROM accounts_membermerge g WHERE g.id = p_merge AND g.approved_by_id IS NOT NULL;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM020', 'merge_not_approved');
    END IF;
    PERFORM points._lock_wallets(
        ARRAY[v_merge.duplicate_id, v_merge.duplicate_id, v_merge.survivor_id, v_merge.survivor_id], '{base,green,base,green}');
    v_known := points._known(v_platform, 'merge', NULL, v_reference, points._hash_of(v_reference));
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_mergeable(v_merge, p_moment);
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, v_merge.duplicate_id, v_merge.survivor_id, v_platform, p_moment);
    PERFORM points._write_act(v_act, 'merge', v_platform, v_merge.duplicate_id, NULL, v_reference,
        points._hash_of(v_reference), p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object(
            'merge', p_merge, 'into', v_merge.survivor_id,
            'once', points._carry_once(v_merge.duplicate_id, v_merge.survivor_id),
            'caps', points._carry_caps(v_merge.duplicate_id, v_merge.survivor_id)));
    PERFORM points._move_debts(v_merge, p_moment);
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = v_merge.duplicate_id;
    RETURN points._answer(v_act, 'booked');
END $$;

-- Takes points back for p_merchant: first the lots that p_grant granted, pending and earmarked ones too, or
-- the lots into which a merge of accounts moved them; then points of those lots that had expired by then count as taken,
-- because the member has lost them already; then the member's plain usable lots in spend order. A shortfall is forgiven
-- or owed, by p_policy ('refuse' refuses).
-- Lots of another issuer pay this merchant as if spent there: their issuer owes for them, this merchant is made whole.
-- Answers the points taken, and the points that had expired. Call under the wallet's lock; writes postings from p_line
-- on, the journal row and the wallet.
CREATE FUNCTION points._claw(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse purse, p_points bigint, p_grant bigint,
    p_moment timestamptz, p_policy text, p_line integer, OUT o_taken bigint, OUT o_expired bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_expired bigint := CASE WHEN p_points > 0 THEN points._expired_of(p_grant, p_purse, p_moment) ELSE 0 END;
    v_granted bigint[] := ARRAY(SELECT points._lots_of(p_grant));
    v_own bigint;
    v_foreign bigint;
    v_owed bigint;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT l.id, l.remaining, l.issuer_id, l.expires_at,
               CASE WHEN l.id = ANY (v_granted) THEN 1 ELSE 3 END AS turn
        FROM points_lot l
        WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
          AND (l.expires_at IS NULL OR l.expires_at > p_moment)
          AND (l.id = ANY (v_granted) OR (l.earmark IS NULL AND l.usable_from <= p_moment))
        UNION ALL
        SELECT NULL, v_expired, NULL, NULL, 2 WHERE v_expired > 0
    ), queue AS (
        SELECT o.id, o.remaining, o.issuer_id,
               sum(o.remaining) OVER (ORDER BY o.turn, o.expires_at NULLS LAST, o.id
                                      ROWS UNBOUNDED PRECEDING) - o.remaining AS before
        FROM open o
    ), taken AS (
        SELECT q.id, q.issuer_id, least(q.remaining, p_points - q.before)::bigint AS points
        FROM queue q WHERE q.before < p_points
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points)
        SELECT p_act, t.id, -t.points FROM taken t WHERE t.id IS NOT NULL
    )
    SELECT coalesce(sum(t.points) FILTER (WHERE t.issuer_id = p_merchant), 0),
           coalesce(sum(t.points) FILTER (WHERE t.issuer_id <> p_merchant), 0),
           coalesce(sum(t.points) FILTER (WHERE t.id IS NULL), 0)
    INTO v_own, v_foreign, o_expired FROM taken t;

    o_taken := v_own + v_foreign;
    IF o_taken < p_points AND p_policy = 'refuse' THEN
        PERFORM points._refuse('HM001', 'insufficient_points',
            jsonb_build_object('available', o_taken, 'missing', p_points - o_taken));
    END IF;
    v_owed := CASE WHEN p_policy = 'owe' THEN p_points - o_taken - o_expired ELSE 0 END;
    PERFORM points._write_posting(p_act, p_line, p_purse, 'member', p_member, 'issuance', p_merchant, v_own);
    PERFORM points._write_posting(p_act, p_line + 1, p_purse, 'member', p_member, 'redeemed', p_merchant, v_foreign);
    IF v_owed > 0 THEN
        INSERT INTO points_debt AS d (member_id, purse, merchant_id, owed) VALUES (p_member, p_purse, p_merchant, v_owed)
        ON CONFLICT (member_id, purse, merchant_id) DO UPDATE SET owed = d.owed + v_owed;
    END IF;
    -- Part of the balance is no longer there: first let go of it, then recompute what is available.
    UPDATE points_wallet w SET balance = w.balance - o_taken, available = least(w.available, w.balance - o_taken),
                               owed = w.owed + v_owed
    WHERE w.member_id = p_member AND w.purse = p_purse;
    PERFORM points._refresh(p_member, p_purse, p_moment);
    PERFORM points._write_journal(p_act, p_merchant, p_member, p_purse, -o_taken, v_owed);
END $$;

-- Points of an act's lots that had expired by p_moment, swept or not, less those that earlier returns counted.
CREATE FUNCTION points._expired_of(p_grant bigint, p_purse purse, p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(CASE WHEN l.expires_at <= p_moment THEN l.remaining ELSE 0 END - coalesce(s.points, 0)), 0)
        FROM points_lot l
        LEFT JOIN LATERAL (SELECT sum(d.points) AS points FROM points_draw d JOIN points_act a ON a.id = d.act_id
                           WHERE d.lot_id = l.id AND a.kind = 'expiry') s ON l.expires_at IS NOT NULL
        WHERE l.id IN (SELECT points._lots_of(p_grant)) AND l.purse = p_purse
    ) - (
        SELECT coalesce(sum((a.breakdown #>> ARRAY['expired', p_purse::text])::bigint), 0)
        FROM points_act a WHERE a.parent_id = p_grant AND a.kind = 'return'
    );
END $$;

CREATE FUNCTION points._require_policy(p_policy text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_policy IS NULL OR p_policy NOT IN ('forgive', 'owe') THEN
        PERFORM points._refuse('HM016', 'unknown_policy');
    END IF;
END $$;

-- A return answers a purchase that stands, after having seen all its returns, and takes at most what it granted.
CREATE FUNCTION points._require_returnable(
    p_parent bigint, p_seen_returns integer, p_base bigint, p_green bigint, p_policy text, p_occurred_at timestamptz,
    p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_occurred_at > p_moment + interval '5 minutes' THEN
        PERFORM points._refuse('HM014', 'occurred_in_future');
    END IF;
    IF EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'reversal') THEN
        PERFORM points._refuse('HM008', 'already_reversed');
    END IF;
    IF (SELECT count(*) FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'return') IS DISTINCT FROM p_seen_returns THEN
        PERFORM points._refuse('HM011', 'stale_read');
    END IF;
    PERFORM points._require_policy(p_policy);
    IF p_base IS NULL OR p_base NOT BETWEEN 0 AND points._still_granted(p_parent, 'base')
       OR p_green IS NULL OR p_green NOT BETWEEN 0 AND points._still_granted(p_parent, 'green') THEN
        PERFORM points._refuse('HM016', 'clawback_is_more_than_was_granted');
    END IF;
END $$;

-- Books a return of goods: claws back p_base and p_green points of the purchase p_parent, as `returns.clawback_for`
-- computed them from p_seen_returns earlier returns. If another return came in between, 'stale_read': compute again.
CREATE FUNCTION points.return_purchase(
    p_merchant bigint, p_parent bigint, p_seen_returns integer, p_base bigint, p_green bigint, p_key text,
    p_reference text, p_hash bytea, p_occurred_at timestamptz, p_moment timestamptz, p_amount_fen bigint, p_policy text,
    p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_member bigint;
    v_known jsonb;
    v_act bigint;
    v_base record;
    v_green record;
    v_owed record;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant AND a.kind = 'purchase';
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    -- Both wallets however little is clawed back, because a reversal of the same purchase locks both.
    -- After a merge the survivor's wallets are locked, because the survivor has the lots now.
    v_member := coalesce(points._lock_with_survivor(v_parent.member_id, enum_range(NULL::purse)), v_parent.member_id);
    v_known := points._known(p_merchant, 'return', p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_returnable(p_parent, p_seen_returns, p_base, p_green, p_policy, p_occurred_at, p_moment);
    PERFORM points._lapse_due(v_member, 'base', p_moment);
    PERFORM points._lapse_due(v_member, 'green', p_moment);
    v_act := nextval('points_act_id_seq');
    v_base := points._claw(v_act, p_merchant, v_member, 'base', p_base, p_parent, p_moment, p_policy, 1);
    IF p_green > 0 THEN
        v_green := points._claw(v_act, p_merchant, v_member, 'green', p_green, p_parent, p_moment, p_policy, 3);
    ELSE
        SELECT 0::bigint AS o_taken, 0::bigint AS o_expired INTO v_green;
    END IF;
    PERFORM points._write_act(v_act, 'return', p_merchant, v_member, p_key, p_reference, p_hash, p_occurred_at,
                              p_parent, p_actor, NULL, p_amount_fen, coalesce(p_breakdown, '{}') || jsonb_build_object(
                                  'clawback', jsonb_build_object('base', p_base, 'green', p_green),
                                  'expired', jsonb_build_object('base', v_base.o_expired, 'green', v_green.o_expired)));
    -- Counted apart, because points already spent are owed and nothing is taken.
    SELECT coalesce(sum(j.owed) FILTER (WHERE j.purse = 'base'), 0) AS base, coalesce(sum(j.owed) FILTER (WHERE j.purse = 'green'), 0) AS green
    INTO v_owed FROM points_journal j WHERE j.act_id = v_act;
    IF p_publish AND v_base.o_taken + v_green.o_taken + v_owed.base + v_owed.green > 0 THEN
        PERFORM notifications.publish('points.clawed_back', jsonb_build_object(
            'act', v_act, 'member', v_member, 'merchant', p_merchant,
            'points', v_base.o_taken, 'green_points', v_green.o_taken, 'owed', v_owed.base, 'green_owed', v_owed.green));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

-- The first answer of an act, read again from the ledger.
CREATE FUNCTION points._answer(p_act bigint, p_status text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'status', p_status, 'id', a.id, 'member', a.member_id, 'kind', a.kind,
        'awards', coalesce(a.breakdown -> 'awards', '[]'::jsonb),
        'wallets', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'member', j.member_id, 'purse', j.purse, 'points', j.points,
                'balance_after', j.balance_after, 'owed', j.owed) ORDER BY j.member_id, j.purse), '[]'::jsonb)
            FROM points_journal j WHERE j.act_id = a.id))
    FROM points_act a WHERE a.id = p_act);
END $$;

-- The same for one act, with whether the merchant may issue points, as points._require_merchant says at length.
CREATE FUNCTION points._as_seen(p_merchant bigint, p_member uuid) RETURNS TABLE (member_id bigint, may_issue boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.member_id, m.status = 'live' AND m.may_issue
    FROM merchants_merchant m LEFT JOIN LATERAL points._seen_by(m.id, m.is_platform, p_member) s ON true
    WHERE m.id = p_merchant
$$;

-- The request hash of an act that the ledger books by itself, from its reference.
CREATE FUNCTION points._hash_of(p_reference text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(sha256(p_reference::bytea) FOR 16)
$$;

-- Whether the books can hold a request's own particulars.
CREATE FUNCTION points._is_sound(
    p_reference text, p_hash bytea, p_occurred_at timestamptz, p_amount_fen bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(length(p_reference) BETWEEN 1 AND 128 AND length(p_hash) = 16 AND p_occurred_at IS NOT NULL
                    AND (p_amount_fen IS NULL OR p_amount_fen >= 0), false)
$$;

-- Whether an act may name this store: none, or one of the merchant's own.
CREATE FUNCTION points._is_store_of(p_store bigint, p_merchant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_store IS NULL
        OR EXISTS (SELECT 1 FROM merchants_store s WHERE s.id = p_store AND s.merchant_id = p_merchant);
END $$;

-- The stored form of an idempotency key: 128 bits of its SHA-256.
CREATE FUNCTION points._key_digest(p_key text) RETURNS uuid
LANGUAGE sql STABLE AS $$  -- as stable as convert_to, or PostgreSQL does not inline it
    SELECT encode(substring(sha256(convert_to(p_key, 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- The act of an earlier equal request, or NULL. Same request: the first answer again. Another request under the same key or
-- reference: refused. Call it under the member's wallet lock; two members racing for one key or reference meet
-- at the unique index instead, and the loser retries.
CREATE FUNCTION points._known(p_merchant bigint, p_kind act_kind, p_key text, p_reference text, p_hash bytea)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_by_key bigint;
    v_by_reference bigint;
    v_first points_act;
BEGIN
    IF NOT points._is_sound(p_reference, p_hash, '-infinity', NULL) OR length(p_key) NOT BETWEEN 1 AND 255 THEN
        PERFORM points._refuse('HM016', 'invalid_reference');
    END IF;
    SELECT (SELECT i.act_id FROM points_idempotency i
            WHERE i.merchant_id = p_merchant AND i.key_digest = points._key_digest(p_key)),
           (SELECT a.id FROM points_act a
            WHERE a.merchant_id = p_merchant AND a.kind = p_kind AND a.reference = p_reference)
    INTO v_by_key, v_by_reference;
    IF coalesce(v_by_key, v_by_reference) IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_first FROM points_act a WHERE a.id = coalesce(v_by_key, v_by_reference);
    IF v_by_key IS NOT NULL THEN
        IF v_first.request_hash IS DISTINCT FROM p_hash OR v_first.kind <> p_kind THEN
            PERFORM points._refuse('HM002', 'key_reused', jsonb_build_object('key', p_key));
        END IF;
        RETURN points._answer(v_by_key, 'replayed');
    END IF;
    IF v_first.request_hash IS DISTINCT FROM p_hash THEN
        PERFORM points._refuse('HM003', 'reference_conflict', jsonb_build_object('reference', p_reference));
    END IF;
    -- A new key for an act of old is remembered too, because it must not stand for another request later.
    INSERT INTO points_idempotency (merchant_id, key_digest, act_id)
    SELECT p_merchant, points._key_digest(p_key), v_by_reference WHERE p_key IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN points._answer(v_by_reference, 'replayed');
END $$;

-- The wallet row is the member's mutex; it is made on first use.
CREATE FUNCTION points._lock_wallet(p_member bigint, p_purse purse) RETURNS points_wallet
LANGUAGE plpgsql AS $$
DECLARE
    v_wallet points_wallet;
BEGIN
    SELECT * INTO v_wallet FROM points_wallet w
    WHERE w.member_id = p_member AND w.purse = p_purse FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO points_wallet (member_id, purse) VALUES (p_member, p_purse) ON CONFLICT DO NOTHING;
        SELECT * INTO v_wallet FROM points_wallet w
        WHERE w.member_id = p_member AND w.purse = p_purse FOR NO KEY UPDATE;
    END IF;
    RETURN v_wallet;
END $$;

-- Several wallets at once: first all missing ones are made, then all are locked, each time lowest member first and
-- base before green; locking them one by one deadlocks with a concurrent act that creates one of them. Returns the
-- members who owe points (NULL: none). Existing wallets are looked up by member and not pair by pair: one index scan
-- locks a thousand wallets in a third of the time. If some members need one purse and some both, a few more are locked.
CREATE FUNCTION points._lock_wallets(p_members bigint[], p_purses purse[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_wallet (member_id, purse)
    SELECT n.member_id, n.purse FROM unnest(p_members, p_purses) AS n(member_id, purse)
    EXCEPT
    SELECT w.member_id, w.purse FROM points_wallet w WHERE w.member_id = ANY (p_members) AND w.purse = ANY (p_purses)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    RETURN (SELECT array_agg(l.member_id) FILTER (WHERE l.owed > 0) FROM (
        SELECT w.member_id, w.owed FROM points_wallet w
        WHERE w.member_id = ANY (p_members) AND w.purse = ANY (p_purses)
        ORDER BY w.member_id, w.purse FOR NO KEY UPDATE OF w) l);
END $$;

-- The member alone.
CREATE FUNCTION points._member_of(p_merchant bigint, p_member uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT s.member_id FROM points._as_seen(p_merchant, p_member) s);
END $$;

-- When a lot begins or ceases to be usable, next after p_moment; NULL: never again.
CREATE FUNCTION points._next_change(p_usable_from timestamptz, p_expires_at timestamptz, p_moment timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(CASE WHEN p_usable_from > p_moment THEN p_usable_from END,
                 CASE WHEN p_expires_at > p_moment THEN p_expires_at END)
$$;

CREATE FUNCTION points._refresh(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET available = s.available, next_change_at = s.next_change_at
    FROM points._standing(p_member, p_purse, p_moment) s
    WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;

-- One way to refuse: a stable name as the message, facts as JSON in the detail, a code of class HM.
CREATE FUNCTION points._refuse(p_code text, p_name text, p_facts jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = p_code, MESSAGE = p_name, DETAIL = p_facts::text;
END $$;

-- A merchant issues only while live and within its deposit and credit (SPEC D10); points may still be spent there while
-- it is exiting. `may_issue` is kept by points.operations.review_issuing_limits, so that no act adds up what is owed.
CREATE FUNCTION points._require_merchant(p_merchant bigint, p_issues boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_status text;
    v_may_issue boolean;
BEGIN
    SELECT m.status, m.may_issue INTO v_status, v_may_issue FROM merchants_merchant m WHERE m.id = p_merchant;
    IF v_status IS DISTINCT FROM 'live' AND (p_issues OR v_status IS DISTINCT FROM 'exiting') THEN
        PERFORM points._refuse('HM005', 'merchant_not_live', jsonb_build_object('status', v_status));
    END IF;
    IF p_issues AND NOT v_may_issue THEN
        PERFORM points._refuse('HM018', 'issuing_limit_reached');
    END IF;
END $$;

-- An act that moves points moves at least one.
CREATE FUNCTION points._require_points(p_points bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_points IS NULL OR p_points <= 0 THEN
        PERFORM points._refuse('HM016', 'points_must_be_positive');
    END IF;
END $$;

-- The inner id of a member as a merchant may see them: active, and joined (everyone has joined the platform). No row when
-- the merchant may not know them. With IS TRUE about what no index may serve: a planner that takes the tables for empty,
-- as it does until they are first analysed, would look through all who were never merged, or all of the merchant, for
-- each item of a batch.
CREATE FUNCTION points._seen_by(p_merchant bigint, p_is_platform boolean, p_member uuid) RETURNS TABLE (member_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM accounts_user u
    WHERE u.public_id = p_member AND u.is_active AND (u.merged_into_id IS NULL) IS TRUE
      AND (p_is_platform OR (SELECT s.left_at IS NULL FROM merchants_membership s
                             WHERE s.member_id = u.id AND (s.merchant_id = p_merchant) IS TRUE))
    LIMIT 1
$$;

-- The part of a wallet that depends on time, from its open lots and holds: available points, and the next change.
CREATE FUNCTION points._standing(p_member bigint, p_purse purse, p_moment timestamptz)
RETURNS TABLE (available bigint, next_change_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.remaining) FILTER (
               WHERE o.earmark IS NULL AND o.usable_from <= p_moment
                 AND (o.expires_at IS NULL OR o.expires_at > p_moment)), 0)::bigint,
           least(min(points._next_change(o.usable_from, o.expires_at, p_moment)), (
               SELECT min(h.expires_at) FROM points_hold h
               WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open))
    FROM points_lot o WHERE o.member_id = p_member AND o.purse = p_purse AND o.is_open
$$;

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

-- One journal row with the balance the wallet has now.
CREATE FUNCTION points._write_journal(
    p_act bigint, p_merchant bigint, p_member bigint, p_purse purse, p_points bigint, p_owed bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_journal (act_id, member_id, merchant_id, points, balance_after, owed, purse)
    SELECT p_act, p_member, p_merchant, p_points, w.balance, p_owed, p_purse
    FROM points_wallet w WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;

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

-- The common opening of every act that spends or moves points: lock, replay, membership, lapse what ran out.
-- Answers the member's inner id, or in o_known the earlier answer.
CREATE FUNCTION points._begin_spend(
    p_kind act_kind, p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text,
    p_hash bytea, p_moment timestamptz, OUT o_member bigint, OUT o_known jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    v_wallet points_wallet;
BEGIN
    PERFORM points._require_points(p_points);
    IF p_purse IS NULL THEN
        PERFORM points._refuse('HM016', 'unknown_purse');
    END IF;
    o_member := points._member_of(p_merchant, p_member);
    IF o_member IS NOT NULL THEN
        v_wallet := points._lock_wallet(o_member, p_purse);
    END IF;
    o_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    IF o_known IS NOT NULL THEN
        RETURN;
    END IF;
    IF o_member IS NULL THEN
        PERFORM points._refuse_member(p_merchant, p_member);
    END IF;
    PERFORM points._require_merchant(p_merchant, false);
    IF v_wallet.held > 0 THEN
        PERFORM points._lapse_due(o_member, p_purse, p_moment);
    END IF;
END $$;

-- Takes points from a member's usable lots in spend order: a matching earmark first, then soonest expiry,
-- never-expiring last, then oldest. Refuses when they do not suffice. Leaves the wallet exact at p_moment, even when
-- that is earlier than the wallet's last change (two machines, two clocks). Call under the wallet's lock.
-- With p_granted_before only lots serve whose act was recorded before then, by the database's own clock: older lots
-- keep the older price (SPEC R35), and a merge of accounts makes no lot younger.
CREATE FUNCTION points._draw(
    p_act bigint, p_member bigint, p_purse purse, p_points bigint, p_moment timestamptz,
    p_earmarks text[], p_transferable_only boolean, p_granted_before timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_usable bigint;
    v_drawable bigint;
    v_drawn_plain bigint;
    v_next_change_at timestamptz;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT l.id, l.remaining, l.earmark, l.expires_at, o.usable,
               o.usable AND (l.earmark IS NULL OR l.earmark = ANY (p_earmarks))
                   AND (l.transferable OR NOT p_transferable_only)
                   AND (p_granted_before IS NULL OR EXISTS (
                       SELECT 1 FROM points_act a WHERE a.id = points._granting_act(l) AND a.recorded_at < p_granted_before)) AS fits,
               points._next_change(l.usable_from, l.expires_at, p_moment) AS next_change_at
        FROM points_lot l,
             LATERAL (SELECT l.usable_from <= p_moment AND (l.expires_at IS NULL OR l.expires_at > p_moment) AS usable) o
        WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
    ), queue AS (
        SELECT o.id, o.remaining, o.earmark,
               sum(o.remaining) OVER (ORDER BY o.earmark IS NULL, o.expires_at NULLS LAST, o.id
                                      ROWS UNBOUNDED PRECEDING) - o.remaining AS before
        FROM open o WHERE o.fits
    ), taken AS (
        SELECT q.id, q.earmark, least(q.remaining, p_points - q.before)::bigint AS points
        FROM queue q WHERE q.before < p_points
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points) SELECT p_act, t.id, -t.points FROM taken t
    )
    SELECT coalesce(sum(o.remaining) FILTER (WHERE o.usable AND o.earmark IS NULL), 0),
           coalesce(sum(o.remaining) FILTER (WHERE o.fits), 0), min(o.next_change_at),
           (SELECT coalesce(sum(t.points) FILTER (WHERE t.earmark IS NULL), 0) FROM taken t)
    INTO v_usable, v_drawable, v_next_change_at, v_drawn_plain
    FROM open o;
    IF v_drawable < p_points THEN
        PERFORM points._refuse('HM001', 'insufficient_points',
            jsonb_build_object('available', v_drawable, 'missing', p_points - v_drawable));
    END IF;
    UPDATE points_wallet w
    SET balance = w.balance - p_points, available = v_usable - v_drawn_plain,
        next_change_at = least(v_next_change_at, (
            SELECT min(h.expires_at) FROM points_hold h
            WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open))
    WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;

-- Ends a hold under the wallet's lock: p_captured points are spent at its merchant, the rest goes back to its lots.
CREATE FUNCTION points._end_hold(
    p_kind act_kind, p_hold points_hold, p_captured bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_act bigint;
    v_back bigint := p_hold.points - p_captured;
BEGIN
    IF v_back > 0 THEN
        PERFORM points._expire_due(p_hold.member_id, p_hold.purse, p_moment);
    END IF;
    v_act := nextval('points_act_id_seq');
    IF v_back > 0 THEN
        PERFORM points._give_back(v_act, ARRAY[p_hold.act_id], v_back, p_moment,
            (SELECT a.occurred_at FROM points_act a WHERE a.id = p_hold.act_id));
    END IF;
    PERFORM points._write_act(v_act, p_kind, p_hold.merchant_id, p_hold.member_id, p_key, p_reference, p_hash, p_moment,
                              p_hold.act_id, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, p_hold.purse, 'held', p_hold.member_id, 'redeemed', p_hold.merchant_id, p_captured);
    PERFORM points._write_posting(v_act, 2, p_hold.purse, 'held', p_hold.member_id, 'member', p_hold.member_id, v_back);
    UPDATE points_hold h SET is_open = false WHERE h.act_id = p_hold.act_id;
    UPDATE points_wallet w SET held = w.held - p_hold.points, balance = w.balance + v_back
    WHERE w.member_id = p_hold.member_id AND w.purse = p_hold.purse;
    PERFORM points._refresh(p_hold.member_id, p_hold.purse, p_moment);
    PERFORM points._write_journal(v_act, p_hold.merchant_id, p_hold.member_id, p_hold.purse, v_back, 0);
    IF p_captured > 0 THEN
        PERFORM notifications.publish('points.redeemed', jsonb_build_object(
            'act', v_act, 'member', p_hold.member_id, 'merchant', p_hold.merchant_id, 'purse', p_hold.purse,
            'points', p_captured, 'back', v_back));
    ELSE
        PERFORM notifications.publish('points.released', jsonb_build_object(
            'act', v_act, 'member', p_hold.member_id, 'merchant', p_hold.merchant_id, 'purse', p_hold.purse,
            'points', v_back, 'kind', p_kind));
    END IF;
    RETURN v_act;
END $$;

-- When a lot was to end as the act p_act saw it: later acts may have given it more time.
CREATE FUNCTION points._expiry_before(p_lot points_lot, p_act bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_lot.first_expires_at IS NULL THEN
        RETURN p_lot.expires_at;
    END IF;
    RETURN coalesce(
        (SELECT d.expires_at FROM points_draw d
         WHERE d.lot_id = p_lot.id AND d.act_id < p_act AND d.expires_at IS NOT NULL ORDER BY d.act_id DESC LIMIT 1),
        p_lot.first_expires_at);
END $$;

-- Gives points back to the lots they came from, in the reverse of the order in which they were spent. p_sources are
-- the acts whose draws together say what is still out: the spend (or a hold and its capture) and what came back.
-- Validity may only grow: without p_held_at a lot gets at least six months from p_moment (SPEC D8); with it, the
-- moment of the hold, a lot that ended meanwhile gets the time it had left then, because no lot expires while held.
-- Lots that are over and still hold points must have been expired before, else these points would live again.
CREATE FUNCTION points._give_back(
    p_act bigint, p_sources bigint[], p_points bigint, p_moment timestamptz, p_held_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_given bigint;
    -- The calendar is the programme's, not the session's.
    v_half_a_year_on timestamptz := (p_moment AT TIME ZONE 'Asia/Shanghai' + interval '6 months') AT TIME ZONE 'Asia/Shanghai';
BEGIN
    WITH net AS (
        SELECT d.lot_id, -sum(d.points) AS points FROM points_draw d
        WHERE d.act_id = ANY (p_sources) GROUP BY d.lot_id HAVING sum(d.points) < 0
    ), queue AS (
        SELECT n.lot_id, n.points, l.expires_at,
               sum(n.points) OVER (ORDER BY l.earmark IS NULL DESC,
                                   points._expiry_before(l, p_sources[1]) DESC NULLS FIRST, l.id DESC
                                   ROWS UNBOUNDED PRECEDING) - n.points AS before
        FROM net n JOIN points_lot l ON l.id = n.lot_id
    ), given AS (
        SELECT q.lot_id, least(q.points, p_points - q.before)::bigint AS points, q.expires_at,
               CASE WHEN q.expires_at IS NULL THEN NULL
                    WHEN p_held_at IS NULL THEN greatest(q.expires_at, v_half_a_year_on)
                    WHEN q.expires_at <= p_moment THEN p_moment + greatest(q.expires_at - p_held_at, interval '1 second')
                    ELSE q.expires_at END AS new_expires_at
        FROM queue q WHERE q.before < p_points
    ), plain AS (
        UPDATE points_lot l SET remaining = l.remaining + g.points, is_open = true
        FROM given g WHERE l.id = g.lot_id AND g.new_expires_at IS NOT DISTINCT FROM g.expires_at
    ), extended AS (
        UPDATE points_lot l SET remaining = l.remaining + g.points, is_open = true, expires_at = g.new_expires_at,
                                first_expires_at = coalesce(l.first_expires_at, l.expires_at)
        FROM given g WHERE l.id = g.lot_id AND g.new_expires_at IS DISTINCT FROM g.expires_at
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points, expires_at)
        SELECT p_act, g.lot_id, g.points, CASE WHEN g.new_expires_at IS DISTINCT FROM g.expires_at THEN g.new_expires_at END
        FROM given g
    )
    SELECT coalesce(sum(g.points), 0) INTO v_given FROM given g;
    IF v_given <> p_points THEN
        PERFORM points._refuse('HM015', 'more_than_was_spent',
            jsonb_build_object('left', v_given, 'requested', p_points));
    END IF;
END $$;

-- Lapses a member's holds that ran out, each at its own moment. Any act that takes points does this first, so nothing
-- waits for the sweeper.
CREATE FUNCTION points._lapse_due(p_member bigint, p_purse purse, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_hold points_hold;
    v_reference text;
    v_count integer := 0;
BEGIN
    FOR v_hold IN
        SELECT * FROM points_hold h
        WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open AND h.expires_at <= p_moment
        ORDER BY h.expires_at, h.act_id
    LOOP
        v_reference := 'lapse-' || v_hold.act_id;
        PERFORM points._end_hold('lapse', v_hold, 0, NULL, v_reference, points._hash_of(v_reference), v_hold.expires_at, NULL, NULL);
        v_count := v_count + 1;
    END LOOP;
    IF v_count > 0 THEN
        PERFORM points._refresh(p_member, p_purse, p_moment);
    END IF;
    RETURN v_count;
END $$;

-- The acts whose draws together say what a spend still has of each lot: the one that drew (the hold of a capture)
-- first, then the spend itself and what came back.
CREATE FUNCTION points._sources(p_spend points_act) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN p_spend.kind = 'capture' THEN ARRAY[p_spend.parent_id] ELSE '{}' END || p_spend.id || ARRAY(
        SELECT c.id FROM points_act c WHERE c.parent_id = p_spend.id AND c.kind IN ('reversal', 'refund') ORDER BY c.id);
END $$;

-- Captures all or p_points of a hold, or releases it. After its time it has lapsed, swept or not.
CREATE FUNCTION points.end_hold(
    p_kind act_kind, p_merchant bigint, p_hold bigint, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold points_hold;
    v_known jsonb;
    v_act bigint;
BEGIN
    IF p_kind IS NULL OR p_kind NOT IN ('capture', 'release') THEN
        PERFORM points._refuse('HM016', 'unknown_kind');
    END IF;
    SELECT * INTO v_hold FROM points_hold h WHERE h.act_id = p_hold AND h.merchant_id = p_merchant;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'hold_not_found');
    END IF;
    PERFORM points._lock_wallet(v_hold.member_id, v_hold.purse);
    v_known := points._known(p_merchant, p_kind, p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    SELECT * INTO v_hold FROM points_hold h WHERE h.act_id = p_hold;
    IF v_hold.is_open AND v_hold.expires_at <= p_moment
       OR EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_hold AND a.kind = 'lapse') THEN
        PERFORM points._refuse('HM007', 'hold_lapsed', jsonb_build_object('lapsed_at', v_hold.expires_at));
    END IF;
    IF NOT v_hold.is_open THEN
        PERFORM points._refuse('HM006', 'hold_ended');
    END IF;
    IF p_kind = 'capture' AND (p_points <= 0 OR p_points > v_hold.points) THEN
        PERFORM points._refuse('HM016', 'capture_is_more_than_the_hold', jsonb_build_object('held', v_hold.points));
    END IF;
    v_act := points._end_hold(
        p_kind, v_hold, CASE WHEN p_kind = 'capture' THEN coalesce(p_points, v_hold.points) ELSE 0 END,
        p_key, p_reference, p_hash, p_moment, p_actor, p_breakdown);
    RETURN points._answer(v_act, 'booked');
END $$;

-- Sets points aside for a spend that is not certain yet. Its lots are drawn at once; it ends once.
CREATE FUNCTION points.hold(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_expires_at timestamptz, p_earmarks text[], p_actor bigint, p_breakdown jsonb,
    p_granted_before timestamptz DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('hold', p_merchant, p_member, p_purse, p_points, p_key, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    IF p_expires_at IS NULL OR p_expires_at <= p_moment OR p_expires_at > p_moment + interval '30 days' THEN
        PERFORM points._refuse('HM016', 'hold_lasts_at_most_30_days');
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, v_begun.o_member, p_purse, p_points, p_moment, p_earmarks, false, p_granted_before);
    PERFORM points._write_act(v_act, 'hold', p_merchant, v_begun.o_member, p_key, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL,
                              coalesce(p_breakdown, '{}') || jsonb_build_object('lapses_at', p_expires_at));
    PERFORM points._write_posting(v_act, 1, p_purse, 'member', v_begun.o_member, 'held', v_begun.o_member, p_points);
    INSERT INTO points_hold (act_id, member_id, merchant_id, points, expires_at, purse)
    VALUES (v_act, v_begun.o_member, p_merchant, p_points, p_expires_at, p_purse);
    UPDATE points_wallet w SET held = w.held + p_points, next_change_at = least(w.next_change_at, p_expires_at)
    WHERE w.member_id = v_begun.o_member AND w.purse = p_purse;
    PERFORM points._write_journal(v_act, p_merchant, v_begun.o_member, p_purse, -p_points, 0);
    PERFORM notifications.publish('points.held', jsonb_build_object(
        'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    RETURN points._answer(v_act, 'booked');
END $$;

-- Sweeps lapsed holds of many members, lowest member first; answers how many ended.
CREATE FUNCTION points.lapse(p_limit integer, p_moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_due record;
    v_count integer := 0;
BEGIN
    FOR v_due IN
        SELECT DISTINCT d.member_id, d.purse FROM (
            SELECT h.member_id, h.purse FROM points_hold h
            WHERE h.is_open AND h.expires_at <= p_moment ORDER BY h.expires_at LIMIT p_limit) d
        ORDER BY 1, 2
    LOOP
        PERFORM points._lock_wallet(v_due.member_id, v_due.purse);
        v_count := v_count + points._lapse_due(v_due.member_id, v_due.purse, p_moment);
    END LOOP;
    RETURN v_count;
END $$;

-- Spends points at a merchant, at once. p_earmarks names what is being bought, so that lots kept for it go first.
CREATE FUNCTION points.redeem(
    p_merchant bigint, p_member uuid, p_purse purse, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_earmarks text[], p_actor bigint, p_breakdown jsonb, p_publish boolean,
    p_granted_before timestamptz DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_begun record;
    v_act bigint;
BEGIN
    v_begun := points._begin_spend('redemption', p_merchant, p_member, p_purse, p_points, p_key, p_reference, p_hash, p_moment);
    IF v_begun.o_known IS NOT NULL THEN
        RETURN v_begun.o_known;
    END IF;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, v_begun.o_member, p_purse, p_points, p_moment, p_earmarks, false, p_granted_before);
    PERFORM points._write_act(v_act, 'redemption', p_merchant, v_begun.o_member, p_key, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, p_purse, 'member', v_begun.o_member, 'redeemed', p_merchant, p_points);
    PERFORM points._write_journal(v_act, p_merchant, v_begun.o_member, p_purse, -p_points, 0);
    IF p_publish THEN
        PERFORM notifications.publish('points.redeemed', jsonb_build_object(
            'act', v_act, 'member', v_begun.o_member, 'merchant', p_merchant, 'purse', p_purse, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

-- Gives back points of a redemption or a capture, any number of times, never more than was spent (SPEC D8).
-- Where the member was merged meanwhile, the points go on to the survivor in the same breath.
CREATE FUNCTION points.refund(
    p_merchant bigint, p_parent bigint, p_points bigint, p_key text, p_reference text, p_hash bytea,
    p_moment timestamptz, p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_parent points_act;
    v_purse purse;
    v_survivor bigint;
    v_known jsonb;
    v_act bigint;
BEGIN
    SELECT * INTO v_parent FROM points_act a WHERE a.id = p_parent AND a.merchant_id = p_merchant AND a.kind IN ('redemption', 'capture');
    IF NOT FOUND THEN
        PERFORM points._refuse('HM010', 'act_not_found');
    END IF;
    SELECT j.purse INTO v_purse FROM points_journal j WHERE j.act_id = p_parent;
    v_survivor := points._lock_with_survivor(v_parent.member_id, ARRAY[v_purse]);
    v_known := points._known(p_merchant, 'refund', p_key, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_points(p_points);
    PERFORM points._expire_due(v_parent.member_id, v_purse, p_moment);
    PERFORM points._reopen(v_parent.member_id, v_survivor);
    v_act := nextval('points_act_id_seq');
    PERFORM points._give_back(v_act, points._sources(v_parent), p_points, p_moment, NULL);
    PERFORM points._write_act(v_act, 'refund', p_merchant, v_parent.member_id, p_key, p_reference, p_hash, p_moment,
                              p_parent, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, v_purse, 'redeemed', p_merchant, 'member', v_parent.member_id, p_points);
    UPDATE points_wallet w SET balance = w.balance + p_points WHERE w.member_id = v_parent.member_id AND w.purse = v_purse;
    PERFORM points._refresh(v_parent.member_id, v_purse, p_moment);
    PERFORM points._write_journal(v_act, p_merchant, v_parent.member_id, v_purse, p_points, 0);
    PERFORM points._carry_on(v_parent.member_id, v_survivor, v_act, p_moment);
    IF p_publish THEN
        PERFORM notifications.publish('points.refunded', jsonb_build_object(
            'act', v_act, 'member', coalesce(v_survivor, v_parent.member_id), 'merchant', p_merchant, 'purse', v_purse, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

-- Gives green points inside a family: one act, two wallets, locked lower member first. Membership of the family is
-- read under a share lock, so that leaving and giving cannot cross. Received points cannot be passed on (SPEC D7).
CREATE FUNCTION points.transfer(
    p_platform bigint, p_giver bigint, p_receiver bigint, p_points bigint, p_reference text, p_hash bytea,
    p_moment timestamptz, p_caps jsonb, p_actor bigint, p_breakdown jsonb, p_publish boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_known jsonb;
    v_act bigint;
    v_cap record;
    v_used bigint;
BEGIN
    PERFORM points._require_points(p_points);
    IF (SELECT count(*) FROM accounts_user u
        WHERE u.id IN (p_giver, p_receiver) AND u.is_active AND u.merged_into_id IS NULL) < 2 THEN
        PERFORM points._refuse('HM012', 'not_in_the_same_family');
    END IF;
    PERFORM points._lock_wallets(ARRAY[p_giver, p_receiver], '{green,green}');
    v_known := points._known(p_platform, 'transfer', NULL, p_reference, p_hash);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM 1 FROM accounts_familymember g JOIN accounts_familymember r ON r.family_id = g.family_id
    WHERE g.member_id = p_giver AND g.left_at IS NULL AND r.member_id = p_receiver AND r.left_at IS NULL
    FOR SHARE;
    IF NOT FOUND THEN
        PERFORM points._refuse('HM012', 'not_in_the_same_family');
    END IF;
    PERFORM points._lapse_due(p_giver, 'green', p_moment);
    FOR v_cap IN SELECT c ->> 'key' AS cap, c ->> 'window' AS "window", (c ->> 'limit')::bigint AS "limit"
                 FROM jsonb_array_elements(p_caps) c ORDER BY 1, 2 LOOP
        v_used := points._cap_used(p_giver, v_cap.cap, v_cap."window", false);
        IF v_used + p_points > v_cap."limit" THEN
            PERFORM points._refuse('HM013', 'gift_cap_reached', jsonb_build_object(
                'cap', v_cap.cap, 'limit', v_cap."limit", 'left', greatest(0, v_cap."limit" - v_used)));
        END IF;
        UPDATE points_capusage c SET used = c.used + p_points
        WHERE c.member_id = p_giver AND c.cap = v_cap.cap AND c."window" = v_cap."window";
    END LOOP;
    v_act := nextval('points_act_id_seq');
    PERFORM points._draw(v_act, p_giver, 'green', p_points, p_moment, '{}', true);
    INSERT INTO points_lot (member_id, issuer_id, act_id, granted, remaining, usable_from, expires_at, source_lot_id,
                            rule_id, purse, kind, value_fen, transferable)
    SELECT p_receiver, l.issuer_id, v_act, -d.points, -d.points, l.usable_from, l.expires_at, l.id,
           l.rule_id, 'green', 'gift', l.value_fen, false
    FROM points_draw d JOIN points_lot l ON l.id = d.lot_id WHERE d.act_id = v_act ORDER BY l.id;
    UPDATE points_wallet w SET balance = w.balance + p_points WHERE w.member_id = p_receiver AND w.purse = 'green';
    PERFORM points._refresh(p_receiver, 'green', p_moment);
    PERFORM points._write_act(v_act, 'transfer', p_platform, p_giver, NULL, p_reference, p_hash, p_moment,
                              NULL, p_actor, NULL, NULL, p_breakdown);
    PERFORM points._write_posting(v_act, 1, 'green', 'member', p_giver, 'member', p_receiver, p_points);
    PERFORM points._write_journal(v_act, p_platform, p_giver, 'green', -p_points, 0);
    PERFORM points._write_journal(v_act, p_platform, p_receiver, 'green', p_points, 0);
    IF p_publish THEN
        PERFORM notifications.publish('points.given', jsonb_build_object(
            'act', v_act, 'member', p_receiver, 'giver', p_giver, 'points', p_points));
    END IF;
    RETURN points._answer(v_act, 'booked');
END $$;

CREATE FUNCTION points._require_hashes(p_hashes bytea[], p_count integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_hashes) IS DISTINCT FROM p_count
       OR EXISTS (SELECT 1 FROM unnest(p_hashes) h WHERE octet_length(h) IS DISTINCT FROM 32) THEN
        PERFORM points._refuse('HM112', 'malformed_hashes');
    END IF;
END $$;

-- A tree of n leaves has n / 256^L complete subtrees on level L: exactly those that are new must come, each once.
CREATE FUNCTION points._require_new_nodes(
    p_old_size bigint, p_new_size bigint, p_levels smallint[], p_indexes bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        (SELECT l.level, i.place
         FROM generate_series(1, 7) l(level),
              generate_series(p_old_size / (256 ^ l.level)::bigint, p_new_size / (256 ^ l.level)::bigint - 1) i(place)
         EXCEPT ALL SELECT * FROM unnest(p_levels, p_indexes))
        UNION ALL
        (SELECT * FROM unnest(p_levels, p_indexes)
         EXCEPT ALL
         SELECT l.level, i.place
         FROM generate_series(1, 7) l(level),
              generate_series(p_old_size / (256 ^ l.level)::bigint, p_new_size / (256 ^ l.level)::bigint - 1) i(place))
    ) THEN
        PERFORM points._refuse('HM115', 'tree_nodes_do_not_fit');
    END IF;
END $$;

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

-- A moment as the seal writes it: UTC with microseconds, 2026-11-22T04:05:06.000007Z; an infinite one by its name.
CREATE FUNCTION points.instant(p_moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN isfinite(p_moment) THEN to_char(p_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                ELSE p_moment::text END
$$;

-- Appends sealed acts to the tree: leaves, complete subtrees, the signed head and the folded balances of system accounts,
-- together or not at all. Refuses a gap (p_size is not the tree's size), an act sealed before, an act that does not
-- exist, and a head without new leaves that covers no more than the last one. The tree therefore only grows.
CREATE FUNCTION points.seal(
    p_size bigint, p_acts bigint[], p_leaf_hashes bytea[],
    p_node_levels smallint[], p_node_indexes bigint[], p_node_hashes bytea[],
    p_sealed_xid bigint, p_horizon_at timestamptz, p_mark_xid bigint, p_mark_at timestamptz, p_signed_at timestamptz,
    p_root_hash bytea, p_signature bytea, p_key_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_last points_treehead;
    v_new_size bigint := p_size + cardinality(p_acts);
BEGIN
    PERFORM pg_advisory_xact_lock(points.seal_lock());
    SELECT * INTO v_last FROM points_treehead h ORDER BY h.id DESC LIMIT 1;
    IF p_size IS DISTINCT FROM coalesce(v_last.tree_size, 0) THEN
        PERFORM points._refuse('HM110', 'tree_has_another_size',
            jsonb_build_object('size', coalesce(v_last.tree_size, 0), 'requested', p_size));
    END IF;
    IF p_horizon_at < v_last.horizon_at OR (cardinality(p_acts) = 0 AND p_horizon_at = v_last.horizon_at) THEN
        PERFORM points._refuse('HM111', 'head_covers_no_more', jsonb_build_object('horizon', v_last.horizon_at));
    END IF;
    PERFORM points._require_hashes(p_leaf_hashes, cardinality(p_acts));
    PERFORM points._require_hashes(p_node_hashes, cardinality(p_node_levels));
    IF octet_length(p_root_hash) <> 32 OR octet_length(p_signature) <> 64 THEN
        PERFORM points._refuse('HM112', 'malformed_hashes');
    END IF;
    IF EXISTS (SELECT 1 FROM points_seal s WHERE s.act_id = ANY (p_acts)) THEN
        PERFORM points._refuse('HM113', 'act_is_sealed');
    END IF;
    IF (SELECT count(*) FROM points_act a WHERE a.id = ANY (p_acts)) <> cardinality(p_acts) THEN
        PERFORM points._refuse('HM114', 'act_not_found');  -- or named twice
    END IF;
    PERFORM points._require_new_nodes(p_size, v_new_size, p_node_levels, p_node_indexes);

    INSERT INTO points_seal (leaf_index, act_id, leaf_hash)
    SELECT p_size + u.place - 1, u.act_id, u.leaf_hash
    FROM unnest(p_acts, p_leaf_hashes) WITH ORDINALITY u(act_id, leaf_hash, place);
    INSERT INTO points_treenode (level, "index", hash)
    SELECT * FROM unnest(p_node_levels, p_node_indexes, p_node_hashes);
    PERFORM points._roll_up(p_acts);
    INSERT INTO points_treehead (tree_size, sealed_xid, horizon_at, mark_xid, mark_at, signed_at,
                                 root_hash, signature, key_id)
    VALUES (v_new_size, p_sealed_xid, p_horizon_at, p_mark_xid, p_mark_at, p_signed_at,
            p_root_hash, p_signature, p_key_id);
END $$;

-- The lock that a sealer tries before it starts and holds until it commits: one at a time.
CREATE FUNCTION points.seal_lock() RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT 7306914420517 $$;

CREATE TRIGGER a_merged_wallet_stays_closed AFTER UPDATE ON points_wallet
    FOR EACH ROW WHEN (OLD.is_merged AND NEW.is_merged) EXECUTE FUNCTION points._guard_wallet();
ALTER TABLE points_wallet ENABLE ALWAYS TRIGGER a_merged_wallet_stays_closed;

CREATE TRIGGER a_promise_is_kept
    BEFORE UPDATE OF member_id, purse, issuer_id, kind, act_id, granted, usable_from, expires_at, first_expires_at,
                     value_fen, transferable, earmark, source_lot_id, rule_id
    ON points_lot FOR EACH ROW EXECUTE FUNCTION points.guard_lot();
ALTER TABLE points_lot ENABLE ALWAYS TRIGGER a_promise_is_kept;

DO $$
DECLARE
    v_function record;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure AS signature, p.proname AS name
        FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO hongmi_ledger', v_function.signature);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function.signature);
        -- A function whose name begins with _ is a step of a ledger function, not an act.
        IF v_function.name NOT LIKE '\_%' AND v_function.name NOT IN ('refuse_change', 'guard_lot') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO hongmi_app', v_function.signature);
        END IF;
    END LOOP;
END $$;

-- Rights on the ledger. The app reads; only the ledger's role writes, and of an existing row it may change only the
-- columns of projections.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON
    points_act, points_journal, points_posting, points_draw, points_idempotency,
    points_wallet, points_lot, points_hold, points_debt, points_capusage, points_once,
    points_seal, points_treenode, points_treehead, points_accountrollup
    FROM hongmi_app;

GRANT SELECT, INSERT ON
    points_act, points_journal, points_posting, points_draw, points_idempotency,
    points_wallet, points_lot, points_hold, points_debt, points_capusage, points_once,
    points_seal, points_treenode, points_treehead, points_accountrollup
    TO hongmi_ledger;
GRANT UPDATE (balance, available, held, owed, next_change_at, is_merged) ON points_wallet TO hongmi_ledger;
GRANT UPDATE (remaining, is_open, expires_at, first_expires_at) ON points_lot TO hongmi_ledger;
GRANT UPDATE (is_open) ON points_hold TO hongmi_ledger;
GRANT UPDATE (owed) ON points_debt TO hongmi_ledger;
GRANT UPDATE (used) ON points_capusage TO hongmi_ledger;
GRANT UPDATE (debits, credits) ON points_accountrollup TO hongmi_ledger;
GRANT USAGE ON SEQUENCE points_act_id_seq, points_lot_id_seq TO hongmi_ledger;

GRANT SELECT (id, public_id, is_active, merged_into_id) ON accounts_user TO hongmi_ledger;
GRANT SELECT ON accounts_familymember, accounts_membermerge, merchants_merchant, merchants_membership, merchants_store
    TO hongmi_ledger;
-- A share lock on a family place needs the right to change some column of it.
GRANT UPDATE (left_at) ON accounts_familymember TO hongmi_ledger;

REVOKE UPDATE, DELETE, TRUNCATE ON points_auditrun FROM hongmi_app;

-- Row-level security (hongmi/lib/row_scope.py) of the ledger: a merchant sees its own acts and their effects; wallets and
-- lots of members who joined it; and the lots it issued. The ledger's role reads and writes all.
DO $$
DECLARE
    v_table text;
    v_open constant text := '(SELECT rls_is_open())';
    v_own constant text := 'merchant_id = ANY ((SELECT rls_merchants())::bigint[])';
    v_act constant text := 'EXISTS (SELECT 1 FROM points_act a WHERE a.id = act_id)';
    v_joined constant text := 'EXISTS (SELECT 1 FROM merchants_membership m
        WHERE m.member_id = %1$I.member_id AND m.left_at IS NULL AND m.consented_at IS NOT NULL)';
    v_rules jsonb := jsonb_build_object(
        'points_act', v_own, 'points_journal', v_own, 'points_hold', v_own, 'points_debt', v_own,
        'points_idempotency', v_own, 'points_adjustment', v_own,
        'points_posting', v_act, 'points_draw', v_act,
        'points_wallet', v_joined,
        'points_lot', 'issuer_id = ANY ((SELECT rls_merchants())::bigint[]) OR ' || v_joined);
BEGIN
    FOR v_table IN SELECT jsonb_object_keys(v_rules) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY a_merchant_sees_its_own ON %1$I TO hongmi_app USING (' || v_open || ' OR '
                       || (v_rules ->> v_table) || ')', v_table);
        EXECUTE format('CREATE POLICY the_ledger_sees_all ON %I TO hongmi_ledger USING (true)', v_table);
    END LOOP;
END $$;

-- Acts find rows by key even in small tables. A connection that planned while the ledger was empty, and known to be,
-- would otherwise scan whole tables for every act until the next ANALYZE: a third slower after two thousand acts.
DO $$
DECLARE
    v_act regprocedure;
BEGIN
    FOR v_act IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace AND p.prosecdef LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', v_act);
    END LOOP;
END $$;

-- Rows that change often leave space on their page for their next version (HOT).
ALTER TABLE points_wallet SET (fillfactor = 70);

-- Of the lots of a page one or two are partly spent at a time; a lot that is spent whole leaves its indexes anyway.
ALTER TABLE points_lot SET (fillfactor = 97);

ALTER TABLE points_posting ADD CONSTRAINT a_posting_joins_only_accounts_that_may_meet
    CHECK (points.may_meet(debit_kind, credit_kind));

-- Lots, wallets and once-only keys are never deleted either.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['lot', 'wallet', 'hold', 'debt', 'once', 'capusage'] LOOP
        EXECUTE format('CREATE TRIGGER nothing_is_deleted BEFORE DELETE OR TRUNCATE ON points_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE points_%s ENABLE ALWAYS TRIGGER nothing_is_deleted', v_table);
    END LOOP;
END $$;

-- ENABLE ALWAYS: a session that sets itself up as a replica does not slip past them.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['act', 'journal', 'posting', 'draw', 'idempotency', 'seal', 'treenode', 'treehead'] LOOP
        EXECUTE format('CREATE TRIGGER the_books_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON points_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE points_%s ENABLE ALWAYS TRIGGER the_books_only_grow', v_table);
    END LOOP;
END $$;

-- A version of a rule judges the returns of what it granted for ever, so it is written once: the app may add one, and
-- neither the app nor a slip of the owner changes or deletes one.
REVOKE UPDATE, DELETE, TRUNCATE ON points_earningruleversion FROM hongmi_app;

CREATE TRIGGER a_rule_version_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON points_earningruleversion
    FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change();
ALTER TABLE points_earningruleversion ENABLE ALWAYS TRIGGER a_rule_version_stays;
