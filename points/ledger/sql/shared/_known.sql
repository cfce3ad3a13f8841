-- The act of an earlier equal request, or NULL. Same request: the first answer again. Another request under the same key or
-- reference: refused. Call it under the member's wallet lock; two members racing for one key or reference meet
-- at the unique index instead, and the loser retries.
CREATE FUNCTION points._known(p_merchant bigint, p_kind act_kind, p_key text, p_reference text, p_hash bytea)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_by_key bigint;
    v_by_reference bigint;
    v_first points_act;
BEGIN
    IF NOT points._is_sound(p_reference, p_hash, '-infinity', NULL) OR length(p_key) NOT BETWEEN 1 AND 255 THEN
        PERFORM points._refuse('HM016', 'invalid_reference');
    END IF;
    SELECT (SELECT i.act_id FROM points_idempotency i
            WHERE i.merchant_id = p_merchant AND i.key_digest = points._key_digest(p_key)),
           (SELECT a.id FROM points_act a
            WHERE a.merchant_id = p_merchant AND a.kind = p_kind AND a.reference = p_reference)
    INTO v_by_key, v_by_reference;
    IF coalesce(v_by_key, v_by_reference) IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_first FROM points_act a WHERE a.id = coalesce(v_by_key, v_by_reference);
    IF v_by_key IS NOT NULL THEN
        IF v_first.request_hash IS DISTINCT FROM p_hash OR v_first.kind <> p_kind THEN
            PERFORM points._refuse('HM002', 'key_reused', jsonb_build_object('key', p_key));
        END IF;
        RETURN points._answer(v_by_key, 'replayed');
    END IF;
    IF v_first.request_hash IS DISTINCT FROM p_hash THEN
        PERFORM points._refuse('HM003', 'reference_conflict', jsonb_build_object('reference', p_reference));
    END IF;
    -- A new key for an act of old is remembered too, because it must not stand for another request later.
    INSERT INTO points_idempotency (merchant_id, key_digest, act_id)
    SELECT p_merchant, points._key_digest(p_key), v_by_reference WHERE p_key IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN points._answer(v_by_reference, 'replayed');
END $$;
