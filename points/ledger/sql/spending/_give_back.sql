-- Gives points back to the lots they came from, in the reverse of the order in which they were spent. p_sources are
-- the acts whose draws together say what is still out: the spend (or a hold and its capture) and what came back.
-- Validity may only grow: without p_held_at a lot gets at least six months from p_moment (SPEC D8); with it, the
-- moment of the hold, a lot that ended meanwhile gets the time it had left then, because no lot expires while held.
-- Lots that are over and still hold points must have been expired before, else these points would live again.
CREATE FUNCTION points._give_back(
    p_act bigint, p_sources bigint[], p_points bigint, p_moment timestamptz, p_held_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_given bigint;
    -- The calendar is the programme's, not the session's.
    v_half_a_year_on timestamptz := (p_moment AT TIME ZONE 'Asia/Shanghai' + interval '6 months') AT TIME ZONE 'Asia/Shanghai';
BEGIN
    WITH net AS (
        SELECT d.lot_id, -sum(d.points) AS points FROM points_draw d
        WHERE d.act_id = ANY (p_sources) GROUP BY d.lot_id HAVING sum(d.points) < 0
    ), queue AS (
        SELECT n.lot_id, n.points, l.expires_at,
               sum(n.points) OVER (ORDER BY l.earmark IS NULL DESC,
                                   points._expiry_before(l, p_sources[1]) DESC NULLS FIRST, l.id DESC
                                   ROWS UNBOUNDED PRECEDING) - n.points AS before
        FROM net n JOIN points_lot l ON l.id = n.lot_id
    ), given AS (
        SELECT q.lot_id, least(q.points, p_points - q.before)::bigint AS points, q.expires_at,
               CASE WHEN q.expires_at IS NULL THEN NULL
                    WHEN p_held_at IS NULL THEN greatest(q.expires_at, v_half_a_year_on)
                    WHEN q.expires_at <= p_moment THEN p_moment + greatest(q.expires_at - p_held_at, interval '1 second')
                    ELSE q.expires_at END AS new_expires_at
        FROM queue q WHERE q.before < p_points
    ), plain AS (
        UPDATE points_lot l SET remaining = l.remaining + g.points, is_open = true
        FROM given g WHERE l.id = g.lot_id AND g.new_expires_at IS NOT DISTINCT FROM g.expires_at
    ), extended AS (
        UPDATE points_lot l SET remaining = l.remaining + g.points, is_open = true, expires_at = g.new_expires_at,
                                first_expires_at = coalesce(l.first_expires_at, l.expires_at)
        FROM given g WHERE l.id = g.lot_id AND g.new_expires_at IS DISTINCT FROM g.expires_at
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points, expires_at)
        SELECT p_act, g.lot_id, g.points, CASE WHEN g.new_expires_at IS DISTINCT FROM g.expires_at THEN g.new_expires_at END
        FROM given g
    )
    SELECT coalesce(sum(g.points), 0) INTO v_given FROM given g;
    IF v_given <> p_points THEN
        PERFORM points._refuse('HM015', 'more_than_was_spent',
            jsonb_build_object('left', v_given, 'requested', p_points));
    END IF;
END $$;
