-- Refuses a member a merchant cannot name: unknown, left or never joined (without saying which), or merged into another.
-- Only a merchant that had both members gets the survivor of a merge.
CREATE FUNCTION points._refuse_member(p_merchant bigint, p_member uuid) RETURNS void
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
