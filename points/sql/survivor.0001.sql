-- Whom a member was merged into; NULL: nobody. One step, because a later merge takes along whom the first one took.
CREATE OR REPLACE FUNCTION points._survivor_of(p_member bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT u.merged_into_id FROM accounts_user u WHERE u.id = p_member
$$;

-- Locks the wallets of a member of whom an earlier act is answered, and where that member was merged, the survivor's
-- too, all in one order. Answers the survivor or NULL. A merge that came in while this waited: the pen is asked again.
CREATE OR REPLACE FUNCTION points._lock_with_survivor(p_member bigint, p_purses smallint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_survivor bigint := points._survivor_of(p_member);
    v_members bigint[];
    v_purses smallint[];
BEGIN
    SELECT array_agg(m.id), array_agg(p.purse) INTO v_members, v_purses
    FROM unnest(array_remove(ARRAY[p_member, v_survivor], NULL)) AS m(id), unnest(p_purses) AS p(purse);
    PERFORM points._lock_wallets(v_members, v_purses);
    IF points._survivor_of(p_member) IS DISTINCT FROM v_survivor THEN
        RAISE EXCEPTION 'the member was merged meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN v_survivor;
END $$;

-- Lets an act give points back to the lots of a merged member; points._carry_on takes them on and closes again.
CREATE OR REPLACE FUNCTION points._reopen(p_member bigint, p_survivor bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_wallet w SET is_merged = false WHERE w.member_id = p_member AND w.is_merged AND p_survivor IS NOT NULL;
END $$;

-- What the act p_after gave back to a merged member goes on to the survivor at once, by an act of the same merge.
CREATE OR REPLACE FUNCTION points._carry_on(p_member bigint, p_survivor bigint, p_after bigint, p_moment timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_reference text := 'merge-after-' || p_after;
    v_platform bigint := (SELECT m.id FROM merchants_merchant m WHERE m.is_platform);
    v_merge accounts_membermerge;
    v_act bigint;
BEGIN
    IF p_survivor IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO v_merge FROM accounts_membermerge g
    WHERE g.duplicate_id = p_member AND g.approved_by_id IS NOT NULL ORDER BY g.id DESC LIMIT 1;
    v_act := nextval('points_act_id_seq');
    PERFORM points._move_lots(v_act, p_member, p_survivor, v_platform, p_moment);
    PERFORM points._write_act(v_act, 16::smallint, v_platform, p_member, NULL, v_reference, sha256(v_reference::bytea),
        p_moment, NULL, v_merge.proposed_by_id, v_merge.approved_by_id, NULL,
        jsonb_build_object('merge', v_merge.id, 'into', p_survivor, 'after', p_after));
    UPDATE points_wallet w SET is_merged = true WHERE w.member_id = p_member;
END $$;

-- The lots that an act granted, and what merges made of them.
CREATE OR REPLACE FUNCTION points._lots_of(p_grant bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE descent AS (
        SELECT l.id FROM points_lot l WHERE l.act_id = p_grant
        UNION ALL
        SELECT l.id FROM descent d JOIN points_lot l ON l.source_lot_id = d.id JOIN points_act a ON a.id = l.act_id AND a.kind = 16
    )
    SELECT d.id FROM descent d
$$;

-- The act that granted a lot, however often it was moved by merges since.
CREATE OR REPLACE FUNCTION points._granting_act(p_lot points_lot) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot points_lot := p_lot;
BEGIN
    WHILE v_lot.source_lot_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM points_act a WHERE a.id = v_lot.act_id AND a.kind = 16) LOOP
        SELECT * INTO v_lot FROM points_lot l WHERE l.id = v_lot.source_lot_id;
    END LOOP;
    RETURN v_lot.act_id;
END $$;

-- Says no to a member a merchant cannot name: unknown, left or never joined (which, is not told), or merged into another.
-- The last is told to a merchant that knew the one and knows the other.
CREATE OR REPLACE FUNCTION points._refuse_member(p_merchant bigint, p_member uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_survivor uuid := (SELECT s.public_id FROM accounts_user u JOIN accounts_user s ON s.id = u.merged_into_id
                        JOIN merchants_membership k ON k.member_id = u.id AND k.merchant_id = p_merchant
                        WHERE u.public_id = p_member);
BEGIN
    IF v_survivor IS NOT NULL AND points._member_of(p_merchant, v_survivor) IS NOT NULL THEN
        PERFORM points._refuse('HM019', 'member_merged', jsonb_build_object('merged_into', v_survivor));
    END IF;
    PERFORM points._refuse('HM004', 'member_not_found');
END $$;
