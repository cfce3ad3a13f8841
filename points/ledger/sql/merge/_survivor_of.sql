-- Whom a member was merged into; NULL: nobody. One step, because a later merge takes along whom the first one took.
CREATE FUNCTION points._survivor_of(p_member bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT u.merged_into_id FROM accounts_user u WHERE u.id = p_member
$$;
