-- Is it the shape of nearly every purchase: one award of base points earned by spending, usable at once and for ever, under no cap?
CREATE FUNCTION points._is_plain(p_awards jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_array_length(p_awards) = 1 AND (p_awards #> '{0,points}') > '0'
       AND NOT (p_awards -> 0) ?| '{purse,kind,usable_from,expires_at,earmark,transferable,caps,once}'
$$;
