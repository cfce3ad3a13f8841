-- The first answer of an act, read again from the ledger.
CREATE FUNCTION points._answer(p_act bigint, p_status text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'status', p_status, 'id', a.id, 'member', a.member_id, 'kind', a.kind,
        'awards', coalesce(a.breakdown -> 'awards', '[]'::jsonb),
        'wallets', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'member', j.member_id, 'purse', j.purse, 'points', j.points,
                'balance_after', j.balance_after, 'owed', j.owed) ORDER BY j.member_id, j.purse), '[]'::jsonb)
            FROM points_journal j WHERE j.act_id = a.id))
    FROM points_act a WHERE a.id = p_act);
END $$;
