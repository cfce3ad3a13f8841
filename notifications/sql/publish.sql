-- Hands a fact to the post office, in the transaction of the act it tells of. Payloads carry ids and numbers, never
-- personal data. Who calls it need not know where the fact is kept.
CREATE FUNCTION notifications.publish(topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$  -- because it keeps its plan
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO notifications_outbox (topic, payload) VALUES (topic, payload) RETURNING id INTO v_id;
    RETURN v_id;
END $$;

GRANT EXECUTE ON FUNCTION notifications.publish(text, jsonb) TO hongmi_ledger, hongmi_app;
