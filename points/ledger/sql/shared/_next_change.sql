-- When a lot begins or ceases to be usable, next after p_moment; NULL: never again.
CREATE FUNCTION points._next_change(p_usable_from timestamptz, p_expires_at timestamptz, p_moment timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(CASE WHEN p_usable_from > p_moment THEN p_usable_from END,
                 CASE WHEN p_expires_at > p_moment THEN p_expires_at END)
$$;
