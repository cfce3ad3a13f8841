-- Hands a fact to the post office, in the transaction of the act it tells of. Payloads carry ids and numbers, never
-- personal data. Who calls it need not know where the fact is kept.
CREATE OR REPLACE FUNCTION notifications.publish(topic text, payload jsonb) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO notifications_outbox (topic, payload) VALUES (topic, payload) RETURNING id
$$;
