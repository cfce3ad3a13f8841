-- The act that granted a lot, however often it was moved by merges since.
CREATE FUNCTION points._granting_act(p_lot points_lot) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot points_lot := p_lot;
BEGIN
    WHILE v_lot.source_lot_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM points_act a WHERE a.id = v_lot.act_id AND a.kind = 'merge') LOOP
        SELECT * INTO v_lot FROM points_lot l WHERE l.id = v_lot.source_lot_id;
    END LOOP;
    RETURN v_lot.act_id;
END $$;
