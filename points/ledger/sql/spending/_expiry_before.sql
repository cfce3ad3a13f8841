-- When a lot was to end as the act p_act saw it: later acts may have given it more time.
CREATE FUNCTION points._expiry_before(p_lot points_lot, p_act bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_lot.first_expires_at IS NULL THEN
        RETURN p_lot.expires_at;
    END IF;
    RETURN coalesce(
        (SELECT d.expires_at FROM points_draw d
         WHERE d.lot_id = p_lot.id AND d.act_id < p_act AND d.expires_at IS NOT NULL ORDER BY d.act_id DESC LIMIT 1),
        p_lot.first_expires_at);
END $$;
