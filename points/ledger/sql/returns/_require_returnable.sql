-- A return answers a purchase that stands, after having seen all its returns, and takes at most what it granted.
CREATE FUNCTION points._require_returnable(
    p_parent bigint, p_seen_returns integer, p_base bigint, p_green bigint, p_policy text, p_occurred_at timestamptz,
    p_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_occurred_at > p_moment + interval '5 minutes' THEN
        PERFORM points._refuse('HM014', 'occurred_in_future');
    END IF;
    IF EXISTS (SELECT 1 FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'reversal') THEN
        PERFORM points._refuse('HM008', 'already_reversed');
    END IF;
    IF (SELECT count(*) FROM points_act a WHERE a.parent_id = p_parent AND a.kind = 'return') IS DISTINCT FROM p_seen_returns THEN
        PERFORM points._refuse('HM011', 'stale_read');
    END IF;
    PERFORM points._require_policy(p_policy);
    IF p_base IS NULL OR p_base NOT BETWEEN 0 AND points._still_granted(p_parent, 'base')
       OR p_green IS NULL OR p_green NOT BETWEEN 0 AND points._still_granted(p_parent, 'green') THEN
        PERFORM points._refuse('HM016', 'clawback_is_more_than_was_granted');
    END IF;
END $$;
