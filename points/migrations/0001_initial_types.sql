CREATE SCHEMA points;
GRANT USAGE ON SCHEMA points TO hongmi_app;
GRANT USAGE, CREATE ON SCHEMA points TO hongmi_pen;

CREATE DOMAIN act_kind AS smallint CONSTRAINT an_act_has_a_known_kind CHECK (VALUE BETWEEN 1 AND 16);

CREATE DOMAIN counting_number AS bigint CONSTRAINT a_counting_number_is_positive CHECK (VALUE > 0);

CREATE DOMAIN purse AS smallint CONSTRAINT a_purse_is_base_or_green CHECK (VALUE = ANY ('{1,2}'));

CREATE DOMAIN reference AS varchar(128) CONSTRAINT a_reference_is_not_empty CHECK (VALUE <> '');

-- Two requests with one hash are one request, so a hash is never cut short.
CREATE DOMAIN request_hash AS bytea CONSTRAINT a_request_hash_has_32_bytes CHECK (length(VALUE) = 32);

-- The laws of single columns of the books are domains and not CHECKs of the tables, because PostgreSQL keeps a domain's
-- law ready for use and parses a table's anew for each statement that writes to it: a fifth of the time of a purchase.
CREATE DOMAIN whole_number AS bigint CONSTRAINT a_whole_number_is_not_negative CHECK (VALUE >= 0);

-- One purchase of a batch on its way through points.accrue_batch. points and green_points: what it earned, once it is
-- booked; NULL before, and for what was not booked set-wise.
CREATE TYPE points.batch_item AS (
    ord integer, member_id bigint, reference text, request_hash bytea, occurred_at timestamptz, amount_fen bigint,
    store_id bigint, awards jsonb, breakdown jsonb, status text, code text, act_id bigint, one_by_one boolean,
    points bigint, green_points bigint);
