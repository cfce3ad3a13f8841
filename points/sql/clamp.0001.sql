-- What the once-only keys and the caps leave of the candidate awards, each told in its award: `asked` where a cap
-- clamped it, `dropped` where nothing is left. It computes nothing else; the rules did.
-- Caps are locked member by member in one order, budgets (member 0) before the rest, so two acts cannot deadlock.
CREATE OR REPLACE FUNCTION points._clamp(p_member bigint, p_act bigint, p_awards jsonb, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_result jsonb := '[]';
    v_used jsonb := '{}';       -- cap key -> used so far, this act included
    v_spent_keys text[] := '{}';
    v_award jsonb;
    v_cap record;
    v_points bigint;
    v_once text;
    v_key text;
BEGIN
    FOR v_cap IN
        SELECT DISTINCT CASE WHEN (c ->> 'member')::boolean THEN p_member ELSE 0 END AS holder,
               c ->> 'key' AS cap, c ->> 'window' AS "window"
        FROM jsonb_array_elements(p_awards) a, jsonb_array_elements(coalesce(a -> 'caps', '[]')) c
        ORDER BY 1, 2, 3
    LOOP
        v_used := v_used || jsonb_build_object(
            v_cap.holder || '|' || v_cap.cap || '|' || v_cap."window",
            points._cap_used(v_cap.holder, v_cap.cap, v_cap."window", p_dry_run));
    END LOOP;

    FOR v_award IN SELECT * FROM jsonb_array_elements(p_awards) LOOP
        v_points := (v_award ->> 'points')::bigint;
        v_once := v_award ->> 'once';
        IF v_once IS NOT NULL THEN
            IF v_once = ANY (v_spent_keys)
               OR EXISTS (SELECT 1 FROM points_once o WHERE o.member_id = p_member AND o.once_key = v_once) THEN
                CONTINUE WHEN v_points = 0;
                v_result := v_result || jsonb_build_array((v_award - 'caps')
                    || jsonb_build_object('points', 0, 'asked', v_points, 'dropped', 'already_awarded'));
                CONTINUE;
            END IF;
            v_spent_keys := v_spent_keys || v_once;
            IF NOT p_dry_run THEN
                INSERT INTO points_once (member_id, once_key, act_id) VALUES (p_member, v_once, p_act);
            END IF;
        END IF;
        FOR v_cap IN
            SELECT (CASE WHEN (c ->> 'member')::boolean THEN p_member ELSE 0 END)
                   || '|' || (c ->> 'key') || '|' || (c ->> 'window') AS slot, (c ->> 'limit')::bigint AS "limit"
            FROM jsonb_array_elements(coalesce(v_award -> 'caps', '[]')) c
        LOOP
            v_points := greatest(0, least(v_points, v_cap."limit" - (v_used ->> v_cap.slot)::bigint));
        END LOOP;
        IF v_points > 0 THEN
            FOR v_key IN
                SELECT (CASE WHEN (c ->> 'member')::boolean THEN p_member ELSE 0 END)
                       || '|' || (c ->> 'key') || '|' || (c ->> 'window')
                FROM jsonb_array_elements(coalesce(v_award -> 'caps', '[]')) c
            LOOP
                v_used := jsonb_set(v_used, ARRAY[v_key], to_jsonb((v_used ->> v_key)::bigint + v_points));
            END LOOP;
        END IF;
        IF v_points < (v_award ->> 'points')::bigint THEN
            v_award := v_award || jsonb_build_object('points', v_points, 'asked', (v_award ->> 'points')::bigint);
            IF v_points = 0 THEN
                v_award := v_award || '{"dropped": "cap_reached"}';
            END IF;
        END IF;
        v_result := v_result || jsonb_build_array(v_award - 'caps');
    END LOOP;

    IF NOT p_dry_run THEN
        UPDATE points_capusage c SET used = u.used
        FROM (SELECT split_part(key, '|', 1)::bigint AS member_id,
                     split_part(key, '|', 2) AS cap, split_part(key, '|', 3) AS "window",
                     value::bigint AS used
              FROM jsonb_each_text(v_used)) u
        WHERE c.member_id = u.member_id AND c.cap = u.cap AND c."window" = u."window" AND c.used <> u.used;
    END IF;
    RETURN v_result;
END $$;
