-- zh: 可用积分在下次变化之前准确。
-- en: The available points of every wallet are exact until its next change.
-- Judged at the last instant before the next change, because the stored number must hold until then. A wallet whose
-- change is past is left out: every read recomputes it.
SELECT w.member_id AS member, w.purse, w.available, w.next_change_at, l.usable
FROM points_wallet w
LEFT JOIN LATERAL (
    SELECT sum(l.remaining) AS usable
    FROM points_lot l
    WHERE l.member_id = w.member_id AND l.purse = w.purse AND l.is_open AND l.earmark IS NULL
      AND l.usable_from < coalesce(w.next_change_at, 'infinity')
      AND (l.expires_at IS NULL OR l.expires_at >= coalesce(w.next_change_at, 'infinity'))) l ON true
WHERE w.available <> coalesce(l.usable, 0)
  AND (w.next_change_at IS NULL
       OR w.next_change_at > greatest(now(), (
           SELECT max(a.occurred_at) FROM points_journal j JOIN points_act a ON a.id = j.act_id
           WHERE j.member_id = w.member_id AND j.purse = w.purse)))
