-- The second wall (hongmi/lib/row_scope.py): behind it only rows of the merchants in the setting are there. Without the
-- setting, as in jobs and for the platform, all are. A setting that was local to a transaction reads '' afterwards.
CREATE FUNCTION public.walls_are_open() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('hongmi.merchants', true), '') = '' $$;

CREATE FUNCTION public.walled_merchants() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('hongmi.merchants', true), '')::bigint[] $$;

GRANT EXECUTE ON FUNCTION public.walls_are_open(), public.walled_merchants() TO hongmi_app, hongmi_pen;

-- Asked as a subquery, because PostgreSQL then asks once for each statement and not for each row.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['membership', 'authorisation', 'registration', 'partnercredential', 'staff', 'staffinvitation'] LOOP
        EXECUTE format('ALTER TABLE merchants_%s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY a_merchant_sees_its_own ON merchants_%s TO hongmi_app
                        USING ((SELECT walls_are_open()) OR merchant_id = ANY ((SELECT walled_merchants())::bigint[]))', v_table);
    END LOOP;
END $$;

-- Who is a member with consent, or works there. Staff and memberships are themselves behind the wall.
ALTER TABLE accounts_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY a_merchant_sees_who_joined ON accounts_user TO hongmi_app
    USING ((SELECT walls_are_open())
           OR EXISTS (SELECT 1 FROM merchants_membership m
                      WHERE m.member_id = accounts_user.id AND m.left_at IS NULL AND m.consented_at IS NOT NULL)
           OR EXISTS (SELECT 1 FROM merchants_staff s WHERE s.user_id = accounts_user.id));

-- The pen judges for itself.
CREATE POLICY the_pen_sees_all ON merchants_membership TO hongmi_pen USING (true);
CREATE POLICY the_pen_sees_all ON accounts_user TO hongmi_pen USING (true);
