-- Applies once-only keys and caps to the candidate awards and states the effect in each award: `awarded` where points
-- were cut, `dropped` with the reason where none are left. It computes nothing else; the rules did.
-- Caps are locked in one order, budgets (holder 0) first, so that two acts cannot deadlock.
CREATE FUNCTION points._clamp(
    p_member bigint, p_act bigint, p_awards jsonb, p_occurred_at timestamptz, p_moment timestamptz, p_dry_run boolean)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_result jsonb := '[]';
    v_used jsonb := '{}';       -- slot -> used so far, this act included
    v_keys text[] := '{}';      -- once-only keys of this act
    v_award jsonb;
    v_cap record;
    v_once text;
    v_points bigint;
    v_dropped text;
BEGIN
    FOR v_cap IN
        SELECT DISTINCT c.slot, c.holder, c.cap, c."window"
        FROM jsonb_array_elements(p_awards) a, points._caps_of(p_member, a) c ORDER BY 2, 3, 4
    LOOP
        v_used := v_used || jsonb_build_object(
            v_cap.slot, points._cap_used(v_cap.holder, v_cap.cap, v_cap."window", p_dry_run));
    END LOOP;

    FOR v_award IN SELECT * FROM jsonb_array_elements(p_awards) LOOP
        v_points := (v_award ->> 'points')::bigint;
        v_once := v_award ->> 'once';
        v_dropped := NULL;
        IF v_once = ANY (v_keys) OR points._is_used_up(p_member, v_once) THEN
            CONTINUE WHEN v_points = 0;
            v_dropped := 'already_awarded';
        ELSIF (v_award ->> 'expires_at')::timestamptz
              <= coalesce((v_award ->> 'usable_from')::timestamptz, least(p_occurred_at, p_moment)) THEN
            v_dropped := 'already_over';
        ELSE
            SELECT greatest(0, least(v_points, min(c."limit" - (v_used ->> c.slot)::bigint))) INTO v_points
            FROM points._caps_of(p_member, v_award) c;
            SELECT v_used || coalesce(jsonb_object_agg(c.slot, (v_used ->> c.slot)::bigint + v_points), '{}') INTO v_used
            FROM points._caps_of(p_member, v_award) c;
            IF v_points < (v_award ->> 'points')::bigint THEN
                v_award := v_award || jsonb_build_object('awarded', v_award -> 'points', 'points', v_points);
                v_dropped := CASE WHEN v_points = 0 THEN 'cap_reached' END;
            END IF;
        END IF;
        IF v_once IS NOT NULL AND v_dropped IS DISTINCT FROM 'already_awarded' THEN
            v_keys := v_keys || v_once;
            INSERT INTO points_once (member_id, once_key, act_id) SELECT p_member, v_once, p_act WHERE NOT p_dry_run;
        END IF;
        IF v_dropped IN ('already_awarded', 'already_over') THEN
            v_award := v_award || jsonb_build_object('awarded', v_award -> 'points', 'points', 0);
        END IF;
        v_result := v_result || jsonb_build_array(
            (v_award - 'caps') || CASE WHEN v_dropped IS NULL THEN '{}' ELSE jsonb_build_object('dropped', v_dropped) END);
    END LOOP;

    IF NOT p_dry_run THEN
        UPDATE points_capusage c SET used = u.used
        FROM (SELECT (key::jsonb ->> 0)::bigint AS holder, key::jsonb ->> 1 AS cap, key::jsonb ->> 2 AS "window",
                     value::bigint AS used
              FROM jsonb_each_text(v_used)) u
        WHERE c.member_id = u.holder AND c.cap = u.cap AND c."window" = u."window" AND c.used <> u.used;
    END IF;
    RETURN v_result;
END $$;
