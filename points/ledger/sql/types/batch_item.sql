-- One purchase of a batch on its way through points.accrue_batch. points and green_points: what it earned, once it is
-- booked; NULL before, and for what was not booked set-wise.
CREATE TYPE points.batch_item AS (
    ord integer, member_id bigint, reference text, request_hash bytea, occurred_at timestamptz, amount_fen bigint,
    store_id bigint, awards jsonb, breakdown jsonb, status text, code text, act_id bigint, one_by_one boolean,
    points bigint, green_points bigint);
