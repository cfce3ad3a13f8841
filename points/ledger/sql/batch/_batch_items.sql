-- The items with their members' inner ids (NULL: not a member here).
CREATE FUNCTION points._batch_items(p_merchant bigint, p_is_platform boolean, p_items jsonb, p_moment timestamptz)
RETURNS points.batch_item[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(ROW(
        i.ord::integer, u.member_id, i.item ->> 1, decode(i.item ->> 2, 'hex'), i.occurred_at,
        (i.item ->> 4)::bigint, (i.item ->> 5)::bigint,
        i.awards, coalesce(nullif(i.item -> 7, 'null'), '{}'), 'new', NULL, NULL,
        -- The words are looked for first, because PostgreSQL does not inline the whole question.
        jsonb_path_exists(i.awards, '$[*] ? (exists(@.caps) || exists(@.once) || exists(@.expires_at))')
            AND points._needs_clamp(i.awards, i.occurred_at, p_moment), NULL, NULL)::points.batch_item ORDER BY i.ord)
    FROM (SELECT x.item, x.ord, (x.item ->> 3)::timestamptz AS occurred_at,
                 coalesce(nullif(x.item -> 6, 'null'), '[]') AS awards
          FROM jsonb_array_elements(p_items) WITH ORDINALITY AS x(item, ord)) i
    LEFT JOIN LATERAL points._seen_by(p_merchant, p_is_platform, (i.item ->> 0)::uuid) u ON true
$$;
