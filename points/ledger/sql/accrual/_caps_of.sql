-- The caps of one award. A slot is (holder, cap, window); holder 0 is the merchant's own: its budget.
CREATE FUNCTION points._caps_of(p_member bigint, p_award jsonb)
RETURNS TABLE (slot text, holder bigint, cap text, "window" text, "limit" bigint)
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(h.holder, c ->> 'key', c ->> 'window')::text, h.holder, c ->> 'key', c ->> 'window',
           (c ->> 'limit')::bigint
    FROM jsonb_array_elements(coalesce(p_award -> 'caps', '[]')) c,
         LATERAL (SELECT CASE WHEN (c ->> 'member')::boolean THEN p_member ELSE 0 END AS holder) h
$$;
