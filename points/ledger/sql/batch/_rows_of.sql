-- The items as rows. A function of its own, because a planner takes what unnest gives for ten rows, and would compare
-- a thousand with a thousand one by one.
CREATE FUNCTION points._rows_of(p_items points.batch_item[]) RETURNS SETOF points.batch_item
LANGUAGE plpgsql ROWS 1000 AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(p_items);
END $$;
