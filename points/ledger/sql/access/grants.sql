-- Rights on the ledger. The app reads; only the ledger's role writes, and of an existing row it may change only the
-- columns of projections.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON
    points_act, points_journal, points_posting, points_draw, points_idempotency,
    points_wallet, points_lot, points_hold, points_debt, points_capusage, points_once,
    points_seal, points_treenode, points_treehead, points_accountrollup
    FROM hongmi_app;

GRANT SELECT, INSERT ON
    points_act, points_journal, points_posting, points_draw, points_idempotency,
    points_wallet, points_lot, points_hold, points_debt, points_capusage, points_once,
    points_seal, points_treenode, points_treehead, points_accountrollup
    TO hongmi_ledger;
GRANT UPDATE (balance, available, held, owed, next_change_at, is_merged) ON points_wallet TO hongmi_ledger;
GRANT UPDATE (remaining, is_open, expires_at, first_expires_at) ON points_lot TO hongmi_ledger;
GRANT UPDATE (is_open) ON points_hold TO hongmi_ledger;
GRANT UPDATE (owed) ON points_debt TO hongmi_ledger;
GRANT UPDATE (used) ON points_capusage TO hongmi_ledger;
GRANT UPDATE (debits, credits) ON points_accountrollup TO hongmi_ledger;
GRANT USAGE ON SEQUENCE points_act_id_seq, points_lot_id_seq TO hongmi_ledger;

GRANT SELECT (id, public_id, is_active, merged_into_id) ON accounts_user TO hongmi_ledger;
GRANT SELECT ON accounts_familymember, accounts_membermerge, merchants_merchant, merchants_membership, merchants_store
    TO hongmi_ledger;
-- A share lock on a family place needs the right to change some column of it.
GRANT UPDATE (left_at) ON accounts_familymember TO hongmi_ledger;

REVOKE UPDATE, DELETE, TRUNCATE ON points_auditrun FROM hongmi_app;
