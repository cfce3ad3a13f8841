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

CREATE FUNCTION merchants_guard_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_told jsonb := coalesce(nullif(current_setting('hongmi.step', true), ''), '{}')::jsonb;
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
    VALUES (NEW.id, v_before, NEW.status, coalesce(v_told ->> 'reason', ''), (v_told ->> 'actor')::bigint,
            coalesce((v_told ->> 'at')::timestamptz, now()));
    RETURN NULL;
END $$;

CREATE TRIGGER a_merchant_takes_allowed_steps AFTER INSERT OR UPDATE OF status ON merchants_merchant
    FOR EACH ROW EXECUTE FUNCTION merchants_guard_status();
ALTER TABLE merchants_merchant ENABLE ALWAYS TRIGGER a_merchant_takes_allowed_steps;

REVOKE INSERT, UPDATE, DELETE ON merchants_merchantstep, merchants_transition FROM hongmi_app;

-- What somebody agreed to, and which terms those were, is history.
REVOKE UPDATE, DELETE ON merchants_terms, merchants_membershipstep FROM hongmi_app;
