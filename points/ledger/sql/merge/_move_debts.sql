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
