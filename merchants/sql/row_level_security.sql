-- A subquery, because PostgreSQL evaluates it once for each statement and not for each row.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['membership', 'authorisation', 'registration', 'partnercredential', 'staff', 'staffinvitation'] LOOP
        EXECUTE format('ALTER TABLE merchants_%s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY a_merchant_sees_its_own ON merchants_%s TO hongmi_app
                        USING ((SELECT rls_is_open()) OR merchant_id = ANY ((SELECT rls_merchants())::bigint[]))', v_table);
    END LOOP;
END $$;

-- A merchant sees its members with consent and its own staff. A merchant that knew a merged member and knows the survivor
-- still sees the merged one, because its own membership of that member ended with the merge.
ALTER TABLE accounts_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY a_merchant_sees_who_joined ON accounts_user TO hongmi_app
    USING ((SELECT rls_is_open())
           OR EXISTS (SELECT 1 FROM merchants_membership m
                      WHERE m.member_id = accounts_user.id AND m.left_at IS NULL AND m.consented_at IS NOT NULL)
           OR (merged_into_id IS NOT NULL
               AND EXISTS (SELECT 1 FROM merchants_membership m WHERE m.member_id = accounts_user.id)
               AND EXISTS (SELECT 1 FROM merchants_membership m
                           WHERE m.member_id = accounts_user.merged_into_id
                             AND m.left_at IS NULL AND m.consented_at IS NOT NULL))
           OR EXISTS (SELECT 1 FROM merchants_staff s WHERE s.user_id = accounts_user.id));

-- The ledger functions check permissions themselves.
CREATE POLICY the_ledger_sees_all ON merchants_membership TO hongmi_ledger USING (true);
CREATE POLICY the_ledger_sees_all ON accounts_user TO hongmi_ledger USING (true);
