SET LOCAL check_function_bodies = off;

CREATE FUNCTION merchants_guard_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_step jsonb := coalesce(nullif(current_setting('hongmi.step', true), ''), '{}')::jsonb;
    v_before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        v_before := OLD.status;
        IF NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM merchants_transition t
                       WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
            RAISE EXCEPTION 'a merchant does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'HM301';
        END IF;
        IF OLD.status = 'contracted' AND NEW.status = 'live' AND NOT NEW.is_platform
           AND NEW.deposit_fen + NEW.credit_limit_fen = 0 THEN
            RAISE EXCEPTION 'nothing covers the points that % would issue', NEW.code USING ERRCODE = 'HM302';
        END IF;
    END IF;
    INSERT INTO merchants_merchantstep (merchant_id, from_status, to_status, reason, actor_id, taken_at)
    VALUES (NEW.id, v_before, NEW.status, coalesce(v_step ->> 'reason', ''), (v_step ->> 'actor')::bigint,
            coalesce((v_step ->> 'at')::timestamptz, now()));
    RETURN NULL;
END $$;

-- Row-level security (hongmi/lib/row_scope.py) shows only rows of the merchants in the setting. Without the setting, as
-- in jobs and for the platform, all rows are visible. A setting local to a transaction reads '' afterwards.
CREATE FUNCTION public.rls_is_open() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('hongmi.merchants', true), '') = '' $$;

GRANT EXECUTE ON FUNCTION public.rls_is_open() TO hongmi_app, hongmi_ledger;

CREATE FUNCTION public.rls_merchants() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('hongmi.merchants', true), '')::bigint[] $$;

GRANT EXECUTE ON FUNCTION public.rls_merchants() TO hongmi_app, hongmi_ledger;

CREATE TRIGGER a_merchant_takes_allowed_steps AFTER INSERT OR UPDATE OF status ON merchants_merchant
    FOR EACH ROW EXECUTE FUNCTION merchants_guard_status();
ALTER TABLE merchants_merchant ENABLE ALWAYS TRIGGER a_merchant_takes_allowed_steps;

-- The life of a merchant: its rows are the allowed steps. Every change of status is judged here and leaves a row that
-- nobody can write by hand; who and why come with the transaction (hongmi.step). Points are covered before the first
-- is issued: to go live takes a deposit or a credit limit (SPEC D10); the platform vouches for itself.
INSERT INTO merchants_transition (from_status, to_status) VALUES
    ('applied', 'licensed'), ('applied', 'closed'),
    ('licensed', 'contracted'), ('licensed', 'closed'),
    ('contracted', 'live'), ('contracted', 'closed'),
    ('live', 'suspended'), ('suspended', 'live'),
    ('live', 'exiting'), ('suspended', 'exiting'), ('exiting', 'suspended'),
    ('exiting', 'closed');

REVOKE INSERT, UPDATE, DELETE ON merchants_merchantstep, merchants_transition FROM hongmi_app;

-- Agreements and the terms they refer to are history.
REVOKE UPDATE, DELETE ON merchants_terms, merchants_membershipstep FROM hongmi_app;

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
