-- zh: 每笔调整由一人提出、另一人批准，与其申请一致。
-- en: Every adjustment was proposed by one person and approved by another, and is what the proposal says.
SELECT a.id AS act, NULL::bigint AS proposal, a.actor_id, a.approved_by_id
FROM points_act a
WHERE a.kind = 'adjustment' AND (a.actor_id IS NULL OR a.approved_by_id IS NULL OR a.actor_id = a.approved_by_id)
UNION ALL
SELECT p.act_id, p.id, p.proposed_by_id, p.approved_by_id
FROM points_adjustment p
LEFT JOIN points_act a ON a.id = p.act_id AND a.kind = 'adjustment' AND a.merchant_id = p.merchant_id
    AND a.member_id = p.member_id AND a.actor_id = p.proposed_by_id AND a.approved_by_id = p.approved_by_id
LEFT JOIN points_journal j ON j.act_id = a.id AND j.purse = p.purse
WHERE p.act_id IS NOT NULL
  -- A correction that gives points may have repaid a debt.
  AND (a.id IS NULL OR j.points - j.owed IS DISTINCT FROM p.points)
