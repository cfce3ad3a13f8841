-- Whether awards of a batch need points._clamp: a cap, a once-only key, or an end before their beginning.
CREATE FUNCTION points._needs_clamp(p_awards jsonb, p_occurred_at timestamptz, p_moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN jsonb_path_exists(p_awards, '$[*] ? (exists(@.caps) || exists(@.once))') THEN true
        WHEN jsonb_path_exists(p_awards, '$[*] ? (exists(@.expires_at))') THEN EXISTS (
            SELECT 1 FROM jsonb_to_recordset(p_awards) AS a(usable_from timestamptz, expires_at timestamptz)
            WHERE a.expires_at <= coalesce(a.usable_from, least(p_occurred_at, p_moment)))
        ELSE false END
$$;
