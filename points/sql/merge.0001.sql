-- Merges a duplicate member into the one who survives, as two people of support decided (the row of accounts_membermerge
-- is the order, and only one that a second person approved is carried out). Everything goes over by entries: each open
-- lot whole, to a lot that remembers it; each debt, by an act of the merchant it is owed to; once-only keys and used
-- caps, told in the breakdown. Refused while holds are open, because a hold ends in the wallet it was taken from.
CREATE OR REPLACE FUNCTION points.merge(p_merge bigint, p_moment timestamptz) RETURNS jsonb
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
        ARRAY[v_merge.duplicate_id, v_merge.duplicate_id, v_merge.survivor_id, v_merge.survivor_id], '{1,2,1,2}');
    v_known := points._known(v_platform, 16::smallint, NULL, v_reference, sha256(v_reference::bytea));
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;
    PERFORM points._require_mergeable(v_merge, p_moment);
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, v_merge.duplicate_id, v_merge.survivor_id, v_platform, p_moment);
    PERFORM points._write_act(v_act, 16::smallint, v_platform, v_merge.duplicate_id, NULL, v_reference,
        sha256(v_reference::bytea), p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object(
            'merge', p_merge, 'into', v_merge.survivor_id,
            'once', points._carry_once(v_merge.duplicate_id, v_merge.survivor_id),
            'caps', points._carry_caps(v_merge.duplicate_id, v_merge.survivor_id)));
    PERFORM points._move_debts(v_merge, p_moment);
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = v_merge.duplicate_id;
    RETURN points._answer(v_act, 'booked');
END $$;

-- Two living accounts; what ran out is told apart first, so that it ends where it belonged; no hold is left open.
CREATE OR REPLACE FUNCTION points._require_mergeable(p_merge accounts_membermerge, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_holds bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM points_wallet w
               WHERE w.member_id IN (p_merge.duplicate_id, p_merge.survivor_id) AND w.is_merged) THEN
        PERFORM points._refuse('HM019', 'member_merged');
    END IF;
    PERFORM points._lapse_due(p_merge.duplicate_id, 1::smallint, p_moment);
    PERFORM points._lapse_due(p_merge.duplicate_id, 2::smallint, p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 1::smallint, p_moment);
    PERFORM points._expire_due(p_merge.duplicate_id, 2::smallint, p_moment);
    SELECT count(*) INTO v_holds FROM points_hold h WHERE h.member_id = p_merge.duplicate_id AND h.is_open;
    IF v_holds > 0 THEN
        PERFORM points._refuse('HM021', 'holds_are_open', jsonb_build_object('holds', v_holds));
    END IF;
END $$;

-- Moves every open lot as it stands: points, issuer, value, kind, validity, what it is kept for, whether it may be given.
-- Writes postings, the journal rows of both members (those of the base purse always) and both wallets.
CREATE OR REPLACE FUNCTION points._move_lots(
    p_act bigint, p_from bigint, p_to bigint, p_merchant bigint, p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_purse smallint;
    v_points bigint;
BEGIN
    FOREACH v_purse IN ARRAY ARRAY[1, 2]::smallint[] LOOP
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
        CONTINUE WHEN v_points = 0 AND v_purse = 2;
        UPDATE points_wallet w SET balance = w.balance - v_points, available = 0, next_change_at = NULL
        WHERE w.member_id = p_from AND w.purse = v_purse;
        UPDATE points_wallet w SET balance = w.balance + v_points WHERE w.member_id = p_to AND w.purse = v_purse;
        PERFORM points._refresh(p_to, v_purse, p_moment);
        PERFORM points._write_posting(p_act, v_purse, v_purse, 2::smallint, p_from, 2::smallint, p_to, v_points);
        PERFORM points._write_journal(p_act, p_merchant, p_from, v_purse, -v_points, 0);
        PERFORM points._write_journal(p_act, p_merchant, p_to, v_purse, v_points, 0);
    END LOOP;
END $$;

-- What is owed to a merchant is its own affair, so each merchant's debt moves by an act of that merchant.
CREATE OR REPLACE FUNCTION points._move_debts(p_merge accounts_membermerge, p_moment timestamptz) RETURNS void
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
        PERFORM points._write_act(v_act, 16::smallint, v_merchant, p_merge.duplicate_id, NULL, v_reference,
            sha256(v_reference::bytea), p_moment, NULL, p_merge.proposed_by_id, p_merge.approved_by_id, NULL,
            jsonb_build_object('merge', p_merge.id, 'into', p_merge.survivor_id));
    END LOOP;
END $$;

-- What the duplicate had once, the survivor cannot have again. Answers {key: act that used it up}, new ones only.
CREATE OR REPLACE FUNCTION points._carry_once(p_from bigint, p_to bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH carried AS (
        INSERT INTO points_once (member_id, once_key, act_id)
        SELECT p_to, o.once_key, o.act_id FROM points_once o WHERE o.member_id = p_from
        ON CONFLICT DO NOTHING RETURNING once_key, act_id
    )
    SELECT coalesce(jsonb_object_agg(c.once_key, c.act_id), '{}') FROM carried c
$$;

-- One person has one cap: what both used is added up. Answers [cap, window, points] of each that was carried.
CREATE OR REPLACE FUNCTION points._carry_caps(p_from bigint, p_to bigint) RETURNS jsonb
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
