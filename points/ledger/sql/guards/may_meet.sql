-- The pairs of accounts that a posting may join (SPEC R53). Reserve joins only itself, so points never mix with customer
-- reserve money. In PL/pgSQL, because it keeps its plan; a list in the CHECK itself is parsed for every statement.
CREATE FUNCTION points.may_meet(p_debit account_kind, p_credit account_kind) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (p_debit, p_credit) IN (
        ('issuance', 'member'),     -- issue
        ('member', 'issuance'),     -- claw back, reverse an issue
        ('member', 'redeemed'),     -- redeem
        ('redeemed', 'member'),     -- refund
        ('member', 'held'),         -- hold
        ('held', 'member'),         -- release, lapse
        ('held', 'redeemed'),       -- capture
        ('member', 'expired'),      -- expire
        ('expired', 'member'),      -- reverse an expiry
        ('member', 'member'),       -- transfer
        ('member', 'transit'),
        ('transit', 'member'),
        ('reserve', 'reserve'));
END $$;
