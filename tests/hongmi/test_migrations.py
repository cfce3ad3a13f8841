"""The migrations and the SQL in force make the same database, and the migrations go back and forward again."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from hongmi.embedded import roles
from hongmi.lib import sql_files
from tests import environment
from tests.conftest import ENVIRONMENT

# In the order of the layers, lowest first.
APPS: Final = ("accounts", "merchants", "notifications", "points", "redemption")
MAX_FILES_IN_A_FOLDER: Final = 25
# Whatever a migration or a file of SQL can make, without what PostgreSQL numbers by itself.
_CATALOG: Final = """
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'points', 'notifications'))
    SELECT 'schema', nspname::text, concat_ws(' ', nspowner::regrole,
           (SELECT array_agg(a::text ORDER BY 1) FROM unnest(nspacl) a))
    FROM pg_namespace WHERE oid IN (SELECT oid FROM ours)
    UNION ALL
    SELECT 'type', t.oid::regtype::text, concat_ws(' ', t.typtype, t.typowner::regrole, t.typnotnull,
           format_type(nullif(t.typbasetype, 0), t.typtypmod),
           (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace IN (SELECT oid FROM ours) AND (t.typtype IN ('d', 'e') OR c.relkind = 'c')
    UNION ALL
    -- With source, signature, SECURITY DEFINER and settings.
    SELECT 'function', p.oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(p.oid), p.proowner::regrole,
           (SELECT array_agg(a::text ORDER BY 1) FROM unnest(p.proacl) a))
    FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT 'constraint', concat_ws(' ', c.conrelid::regclass, c.contypid::regtype, c.conname),
           pg_get_constraintdef(c.oid)
    FROM pg_constraint c WHERE c.connamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT 'trigger', concat_ws(' ', t.tgrelid::regclass, t.tgname),
           concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy', concat_ws(' ', tablename, policyname), concat_ws(' ', roles, cmd, permissive, qual, with_check)
    FROM pg_policies
    UNION ALL
    SELECT 'column', concat_ws('.', c.table_schema, c.table_name, c.column_name),
           concat_ws(' ', c.udt_name, c.domain_name, c.is_nullable, c.column_default, c.character_maximum_length,
                     (SELECT array_agg(concat_ws(' ', p.grantee, p.privilege_type) ORDER BY 1)
                      FROM information_schema.column_privileges p
                      WHERE (p.table_schema, p.table_name, p.column_name)
                          = (c.table_schema, c.table_name, c.column_name)))
    FROM information_schema.columns c WHERE c.table_schema IN (SELECT nspname FROM ours)
    UNION ALL
    -- Tables, views, sequences and indexes.
    SELECT 'relation', c.oid::regclass::text, concat_ws(' ', c.relkind, c.relowner::regrole, c.relrowsecurity,
           c.relforcerowsecurity, c.reloptions, (SELECT array_agg(a::text ORDER BY 1) FROM unnest(c.relacl) a),
           CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) WHEN 'i' THEN pg_get_indexdef(c.oid) END)
    FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours)
"""
MADE_ANYWHERE: Final = ("schema", "type", "function", "policy", "trigger")
Catalog = dict[tuple[str, str], str]


@pytest.fixture
def empty_db(servers: None) -> Iterator[str]:
    name = f"hongmi_test_{ENVIRONMENT.session}_{ENVIRONMENT.worker}_{secrets.token_hex(3)}"
    with psycopg.connect(ENVIRONMENT.owner_url, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        connection.execute(create.format(sql.Identifier(name)))
    yield name
    ENVIRONMENT.drop(name)


@pytest.mark.parametrize("app", ["points", "accounts"])
def test_back_to_nothing_and_forward_again_makes_the_same_database(
    own_db: str, owner_cursor: psycopg.Cursor, app: str
) -> None:
    """Taking back accounts takes back every app above it."""
    before = catalog(owner_cursor)
    urls = ENVIRONMENT.addresses(own_db)
    environment.migrate(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], app, "zero")
    left = {name for name in catalog(owner_cursor) if re.search(rf"\b{app}_", name[1])}
    assert left == set()
    environment.migrate(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"])
    assert differences(before, catalog(owner_cursor)) == {}


def test_the_migrations_make_what_the_models_and_the_sql_in_force_make(
    own_db: str, owner_cursor: psycopg.Cursor, empty_db: str
) -> None:
    urls = ENVIRONMENT.addresses(empty_db)
    texts = [sql_files.texts(sql_files.in_force(environment.ROOT / app)) for app in APPS]
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(as_sql((roles.FOLDER / "database.sql").read_text()))
        for before_tables, _ in texts:
            connection.execute(as_sql(before_tables))
        environment.migrate(
            urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], "--run-syncdb", settings="tests.unmigrated"
        )
        for _, after_tables in texts:
            with connection.transaction():
                connection.execute(as_sql(after_tables))
        fresh = catalog(connection.cursor())
    migrated = catalog(owner_cursor)
    assert len(ours(migrated)) > 1000
    assert differences(ours(fresh), ours(migrated)) == {}


def test_a_file_of_sql_makes_the_one_thing_it_is_named_after() -> None:
    makes = re.compile(r"^CREATE (?:FUNCTION|VIEW|TYPE|DOMAIN|TRIGGER|SCHEMA) (?:\w+\.)?(\w+)", re.MULTILINE)
    for file in [file for app in APPS for file in sql_files.in_force(environment.ROOT / app)]:
        assert makes.findall(file.read_text()) in ([file.stem], []), file


def test_a_folder_of_sql_can_be_looked_through() -> None:
    counts: dict[Path, int] = {}
    for file in [file for app in APPS for file in (environment.ROOT / app).rglob("*.sql")]:
        counts[file.parent] = counts.get(file.parent, 0) + 1
    assert {folder: count for folder, count in counts.items() if count > MAX_FILES_IN_A_FOLDER} == {}


def as_sql(text: str) -> sql.Composable:
    return sql.SQL(text)  # type: ignore[arg-type]  # our own file


def catalog(cursor: psycopg.Cursor) -> Catalog:
    return {(kind, name): text for kind, name, text in cursor.execute(_CATALOG).fetchall()}


def ours(everything: Catalog) -> Catalog:
    """Without what Django and other packages make, whose migrations are not ours to judge."""
    named = re.compile(rf"\b({'|'.join(APPS)})[_.]")
    return {key: text for key, text in everything.items() if named.search(key[1]) or key[0] in MADE_ANYWHERE}


def differences(left: Catalog, right: Catalog) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {
        key: (left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    }
