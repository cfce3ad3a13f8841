-- zh: 冻结与结束冻结的分录与冻结记录一致。
-- en: A hold posts its points to the held account and its end posts them all away; no other act touches that account.
SELECT act_id AS act, member_id AS member, purse, h.points AS expected, p.points AS posted
FROM (
    SELECT h.act_id, h.member_id, h.purse, h.points FROM points_hold h
    UNION ALL
    SELECT e.id, h.member_id, h.purse, -h.points
    FROM points_act e JOIN points_hold h ON h.act_id = e.parent_id WHERE e.kind IN ('capture', 'release', 'lapse')) h
FULL JOIN (
    SELECT x.act_id, x.member_id, x.purse, sum(x.points) AS points
    FROM (SELECT act_id, credit_holder AS member_id, purse, amount AS points FROM points_posting WHERE credit_kind = 'held'
          UNION ALL
          SELECT act_id, debit_holder, purse, -amount FROM points_posting WHERE debit_kind = 'held') x
    GROUP BY 1, 2, 3) p USING (act_id, member_id, purse)
WHERE h.points IS DISTINCT FROM p.points
