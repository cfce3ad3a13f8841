-- Writes a fact to the outbox, in the transaction of its act. Payloads carry ids and numbers, never personal data.
-- A function, so that callers do not depend on the table.
CREATE FUNCTION notifications.publish(topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$  -- because it keeps its plan
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO notifications_outbox (topic, payload) VALUES (topic, payload) RETURNING id INTO v_id;
    RETURN v_id;
END $$;

GRANT EXECUTE ON FUNCTION notifications.publish(text, jsonb) TO hongmi_ledger, hongmi_app;
