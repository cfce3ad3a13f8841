-- The acts whose draws together say what a spend still has of each lot: the one that drew (the hold of a capture)
-- first, then the spend itself and what came back.
CREATE FUNCTION points._sources(p_spend points_act) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN p_spend.kind = 'capture' THEN ARRAY[p_spend.parent_id] ELSE '{}' END || p_spend.id || ARRAY(
        SELECT c.id FROM points_act c WHERE c.parent_id = p_spend.id AND c.kind IN ('reversal', 'refund') ORDER BY c.id);
END $$;
