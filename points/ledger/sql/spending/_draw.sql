-- Takes points from a member's usable lots in spend order: a matching earmark first, then soonest expiry,
-- never-expiring last, then oldest. Refuses when they do not suffice. Leaves the wallet exact at p_moment, even when
-- that is earlier than the wallet's last change (two machines, two clocks). Call under the wallet's lock.
-- With p_granted_before only lots serve whose act was recorded before then, by the database's own clock: older lots
-- keep the older price (SPEC R35), and a merge of accounts makes no lot younger.
CREATE FUNCTION points._draw(
    p_act bigint, p_member bigint, p_purse purse, p_points bigint, p_moment timestamptz,
    p_earmarks text[], p_transferable_only boolean, p_granted_before timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_usable bigint;
    v_drawable bigint;
    v_drawn_plain bigint;
    v_next_change_at timestamptz;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT l.id, l.remaining, l.earmark, l.expires_at, o.usable,
               o.usable AND (l.earmark IS NULL OR l.earmark = ANY (p_earmarks))
                   AND (l.transferable OR NOT p_transferable_only)
                   AND (p_granted_before IS NULL OR EXISTS (
                       SELECT 1 FROM points_act a WHERE a.id = points._granting_act(l) AND a.recorded_at < p_granted_before)) AS fits,
               points._next_change(l.usable_from, l.expires_at, p_moment) AS next_change_at
        FROM points_lot l,
             LATERAL (SELECT l.usable_from <= p_moment AND (l.expires_at IS NULL OR l.expires_at > p_moment) AS usable) o
        WHERE l.member_id = p_member AND l.purse = p_purse AND l.is_open
    ), queue AS (
        SELECT o.id, o.remaining, o.earmark,
               sum(o.remaining) OVER (ORDER BY o.earmark IS NULL, o.expires_at NULLS LAST, o.id
                                      ROWS UNBOUNDED PRECEDING) - o.remaining AS before
        FROM open o WHERE o.fits
    ), taken AS (
        SELECT q.id, q.earmark, least(q.remaining, p_points - q.before)::bigint AS points
        FROM queue q WHERE q.before < p_points
    ), lots AS (
        UPDATE points_lot l SET remaining = l.remaining - t.points, is_open = l.remaining > t.points
        FROM taken t WHERE l.id = t.id
    ), draws AS (
        INSERT INTO points_draw (act_id, lot_id, points) SELECT p_act, t.id, -t.points FROM taken t
    )
    SELECT coalesce(sum(o.remaining) FILTER (WHERE o.usable AND o.earmark IS NULL), 0),
           coalesce(sum(o.remaining) FILTER (WHERE o.fits), 0), min(o.next_change_at),
           (SELECT coalesce(sum(t.points) FILTER (WHERE t.earmark IS NULL), 0) FROM taken t)
    INTO v_usable, v_drawable, v_next_change_at, v_drawn_plain
    FROM open o;
    IF v_drawable < p_points THEN
        PERFORM points._refuse('HM001', 'insufficient_points',
            jsonb_build_object('available', v_drawable, 'missing', p_points - v_drawable));
    END IF;
    UPDATE points_wallet w
    SET balance = w.balance - p_points, available = v_usable - v_drawn_plain,
        next_change_at = least(v_next_change_at, (
            SELECT min(h.expires_at) FROM points_hold h
            WHERE h.member_id = p_member AND h.purse = p_purse AND h.is_open))
    WHERE w.member_id = p_member AND w.purse = p_purse;
END $$;
