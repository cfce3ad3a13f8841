-- ENABLE ALWAYS: a session that sets itself up as a replica does not slip past them.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['act', 'journal', 'posting', 'draw', 'idempotency', 'seal', 'treenode', 'treehead'] LOOP
        EXECUTE format('CREATE TRIGGER the_books_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON points_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE points_%s ENABLE ALWAYS TRIGGER the_books_only_grow', v_table);
    END LOOP;
END $$;
