-- zh: 全账平衡：发行总数 = 会员持有 + 冻结 + 已使用 + 已过期。
-- en: In the whole book, what was issued is what members have, what is held, what was redeemed and what expired.
SELECT p.purse, p.issued, w.held_by_members, p.redeemed, p.expired
FROM (
    SELECT purse,
           sum(amount * ((debit_kind = 'issuance')::int - (credit_kind = 'issuance')::int)) AS issued,
           sum(amount * ((credit_kind = 'redeemed')::int - (debit_kind = 'redeemed')::int)) AS redeemed,
           sum(amount * ((credit_kind = 'expired')::int - (debit_kind = 'expired')::int)) AS expired,
           sum(amount * ((credit_kind = 'transit')::int - (debit_kind = 'transit')::int)) AS in_transit
    FROM points_posting GROUP BY purse) p
FULL JOIN (SELECT purse, sum(balance + held) AS held_by_members FROM points_wallet GROUP BY purse) w USING (purse)
WHERE coalesce(p.issued - p.redeemed - p.expired - p.in_transit, 0) <> coalesce(w.held_by_members, 0)
