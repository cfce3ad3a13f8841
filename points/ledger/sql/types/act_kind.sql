-- In the order of points.types.ActKind.
CREATE TYPE act_kind AS ENUM (
    'purchase', 'award', 'redemption', 'hold', 'capture', 'release', 'lapse', 'expiry', 'return', 'reversal', 'transfer',
    'compensation', 'adjustment', 'opening', 'refund', 'merge');
