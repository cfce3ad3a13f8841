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
