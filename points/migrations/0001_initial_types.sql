CREATE SCHEMA points;
GRANT USAGE ON SCHEMA points TO hongmi_app;
GRANT USAGE, CREATE ON SCHEMA points TO hongmi_ledger;

CREATE DOMAIN counting_number AS bigint CONSTRAINT a_counting_number_is_positive CHECK (VALUE > 0);

CREATE DOMAIN reference AS varchar(128) CONSTRAINT a_reference_is_not_empty CHECK (VALUE <> '');

-- The first 16 bytes of a SHA-256: nobody chooses a request so that it has the hash of another merchant's.
CREATE DOMAIN request_hash AS bytea CONSTRAINT a_request_hash_has_16_bytes CHECK (length(VALUE) = 16);

-- The laws of single columns of the books are domains and not CHECKs of the tables, because PostgreSQL keeps a domain's
-- law ready for use and parses a table's anew for each statement that writes to it: a fifth of the time of a purchase.
CREATE DOMAIN whole_number AS bigint CONSTRAINT a_whole_number_is_not_negative CHECK (VALUE >= 0);

CREATE TYPE account_kind AS ENUM ('issuance', 'member', 'held', 'redeemed', 'expired', 'transit', 'reserve');

-- In the order of points.types.ActKind.
CREATE TYPE act_kind AS ENUM (
    'purchase', 'award', 'redemption', 'hold', 'capture', 'release', 'lapse', 'expiry', 'return', 'reversal', 'transfer',
    'compensation', 'adjustment', 'opening', 'refund', 'merge');

-- One purchase of a batch on its way through points.accrue_batch. points and green_points: what it earned, once it is
-- booked; NULL before, and for what was not booked set-wise.
CREATE TYPE points.batch_item AS (
    ord integer, member_id bigint, reference text, request_hash bytea, occurred_at timestamptz, amount_fen bigint,
    store_id bigint, awards jsonb, breakdown jsonb, status text, code text, act_id bigint, one_by_one boolean,
    points bigint, green_points bigint);

CREATE TYPE lot_kind AS ENUM ('spend', 'bonus', 'green', 'gift', 'compensation', 'opening', 'miles');

-- Base before green: the order in which wallets are locked and entries are listed.
CREATE TYPE purse AS ENUM ('base', 'green');
