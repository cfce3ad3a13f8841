-- zh: 每个批次由其发行商户的发行分录产生。
-- en: Every lot is issued by a posting of its issuer in the same act; only gifts and merges pass on what was issued before.
SELECT act_id AS act, issuer, member, purse, l.points AS granted, p.points AS posted
FROM (
    SELECT act_id, issuer_id AS issuer, member_id AS member, purse, sum(granted) AS points
    FROM points_lot WHERE source_lot_id IS NULL GROUP BY 1, 2, 3, 4) l
FULL JOIN (
    SELECT p.act_id, p.debit_holder AS issuer, p.credit_holder AS member, p.purse, sum(p.amount) AS points
    FROM points_posting p
    -- Not joined to the acts, because tables that were never analysed would be joined row by row.
    WHERE p.debit_kind = 'issuance' AND p.credit_kind = 'member' AND p.act_id NOT IN (SELECT id FROM points_act WHERE kind = 'reversal')
    GROUP BY 1, 2, 3, 4) p
    USING (act_id, issuer, member, purse)
WHERE l.points IS DISTINCT FROM p.points
