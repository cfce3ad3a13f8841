"""Who takes the books' migrations back and brings them forward again stands where he stood."""

import psycopg
import pytest

from tests import environment
from tests.conftest import ENVIRONMENT

# Everything the migrations make by hand: functions with their owner and grants, laws, triggers, walls and rights.
_MADE = """
    SELECT 'function', p.oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(p.oid), p.proowner::regrole,
           array(SELECT a::text FROM unnest(p.proacl) a ORDER BY 1))
    FROM pg_proc p WHERE p.pronamespace = to_regnamespace('points')
    UNION ALL
    SELECT 'law', concat(c.conrelid::regclass, c.contypid::regtype, ' ', c.conname), pg_get_constraintdef(c.oid)
    FROM pg_constraint c WHERE c.conrelid::regclass::text LIKE 'points%' OR c.contypid > 0
    UNION ALL
    SELECT 'trigger', concat(t.tgrelid::regclass, ' ', t.tgname), concat(pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'wall', concat(tablename, ' ', policyname), concat(roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL
    SELECT 'column', concat(table_schema, '.', table_name, '.', column_name),
           concat(data_type, domain_name, is_nullable)
    FROM information_schema.columns WHERE table_name LIKE 'points%' OR table_schema = 'points'
    UNION ALL
    SELECT 'table', relname, concat_ws(' ', relrowsecurity, relforcerowsecurity, reloptions,
           array(SELECT a::text FROM unnest(relacl) a ORDER BY 1))
    FROM pg_class WHERE relname LIKE 'points%' AND relkind IN ('r', 'S')
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'points%'
    UNION ALL
    SELECT 'right', concat(table_name, '.', column_name, ' ', grantee),
           string_agg(privilege_type, ' ' ORDER BY privilege_type)
    FROM information_schema.column_privileges WHERE table_name LIKE 'points%' GROUP BY 2
"""


@pytest.mark.parametrize("back_to", ["0005", "0001"])
def test_back_and_forward_again_makes_the_same_house(own_db: str, owner_cursor: psycopg.Cursor, back_to: str) -> None:
    before = made(owner_cursor)
    urls = ENVIRONMENT.addresses(own_db)
    environment.migrate(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], "points", back_to)
    assert made(owner_cursor) != before
    environment.migrate(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"])
    assert made(owner_cursor) == before


def made(cursor: psycopg.Cursor) -> dict[tuple[str, str], str]:
    return {(kind, name): text for kind, name, text in cursor.execute(_MADE).fetchall()}
