-- Carries the duplicate's once-only keys over: the survivor cannot have those awards again. Returns {key: act that used it up}, new ones only.
CREATE FUNCTION points._carry_once(p_from bigint, p_to bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH carried AS (
        INSERT INTO points_once (member_id, once_key, act_id)
        SELECT p_to, o.once_key, o.act_id FROM points_once o WHERE o.member_id = p_from
        ON CONFLICT DO NOTHING RETURNING once_key, act_id
    )
    SELECT coalesce(jsonb_object_agg(c.once_key, c.act_id), '{}') FROM carried c
$$;
