-- Who was merged into a member of theirs is still seen by merchants that knew both, to be told whom they became: their own
-- membership ended with the merge.
ALTER POLICY a_merchant_sees_who_joined ON accounts_user
    USING ((SELECT walls_are_open())
           OR EXISTS (SELECT 1 FROM merchants_membership m
                      WHERE m.member_id = accounts_user.id AND m.left_at IS NULL AND m.consented_at IS NOT NULL)
           OR (merged_into_id IS NOT NULL
               AND EXISTS (SELECT 1 FROM merchants_membership m WHERE m.member_id = accounts_user.id)
               AND EXISTS (SELECT 1 FROM merchants_membership m
                           WHERE m.member_id = accounts_user.merged_into_id
                             AND m.left_at IS NULL AND m.consented_at IS NOT NULL))
           OR EXISTS (SELECT 1 FROM merchants_staff s WHERE s.user_id = accounts_user.id));
