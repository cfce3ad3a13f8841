-- A moment as the seal writes it: UTC with microseconds, 2026-11-22T04:05:06.000007Z; an infinite one by its name.
CREATE FUNCTION points.instant(p_moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN isfinite(p_moment) THEN to_char(p_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                ELSE p_moment::text END
$$;
