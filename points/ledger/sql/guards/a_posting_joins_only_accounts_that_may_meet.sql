ALTER TABLE points_posting ADD CONSTRAINT a_posting_joins_only_accounts_that_may_meet
    CHECK (points.may_meet(debit_kind, credit_kind));
