-- One person has one cap: what both used is added up. Answers [cap, window, points] of each that was carried.
CREATE FUNCTION points._carry_caps(p_from bigint, p_to bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH used AS (
        SELECT c.cap, c."window", c.used FROM points_capusage c WHERE c.member_id = p_from AND c.used > 0
    ), carried AS (
        INSERT INTO points_capusage AS c (member_id, cap, "window", used)
        SELECT p_to, u.cap, u."window", u.used FROM used u ORDER BY 2, 3
        ON CONFLICT (member_id, cap, "window") DO UPDATE SET used = c.used + excluded.used
    )
    SELECT coalesce(jsonb_agg(jsonb_build_array(u.cap, u."window", u.used) ORDER BY u.cap, u."window"), '[]') FROM used u
$$;
