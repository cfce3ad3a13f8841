-- Gives points back to the lots they came from, the last drawn first. p_sources are the acts whose draws count (a
-- redemption; or a hold and its capture; with what already came back). Validity may only grow:
-- 'refund' gives a lot at least six months from p_moment (SPEC D8); 'hold' gives an expired lot the time it had
-- left when it was set aside, because a lot does not expire while held.
CREATE OR REPLACE FUNCTION points._give_back(
    p_act bigint, p_sources bigint[], p_points bigint, p_moment timestamptz, p_mode text, p_held_at timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_given bigint;
BEGIN
    WITH net AS (
        SELECT d.lot_id, -sum(d.points) AS points FROM points_draw d
        WHERE d.act_id = ANY (p_sources) GROUP BY d.lot_id HAVING sum(d.points) < 0
    ), queue AS (
        SELECT n.lot_id, n.points, l.expires_at,
               sum(n.points) OVER (ORDER BY l.earmark IS NULL DESC, l.expires_at DESC NULLS FIRST, l.id DESC) - n.points AS before
        FROM net n JOIN points_lot l ON l.id = n.lot_id
    ), given AS (
        SELECT q.lot_id, least(q.points, p_points - q.before)::bigint AS points,
               CASE WHEN q.expires_at IS NULL THEN NULL
                    WHEN p_mode = 'refund' THEN greatest(q.expires_at, p_moment + interval '6 months')
                    WHEN q.expires_at <= p_moment THEN p_moment + greatest(q.expires_at - p_held_at, interval '1 second')
                    ELSE q.expires_at END AS new_expires_at, q.expires_at
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
            jsonb_build_object('left', v_given, 'asked', p_points));
    END IF;
END $$;
