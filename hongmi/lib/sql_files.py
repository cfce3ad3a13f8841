"""SQL in force, in `sql/` folders: one function, view, trigger or type per file.

A migration never reads those files, because they change after it. It loads a copy of its own, `migrations/NAME.sql`,
which this module writes in load order (docs/decisions/0020-one-initial-migration-an-app.md):

    python -m hongmi.lib.sql_files points 0001_initial                     everything in force
    python -m hongmi.lib.sql_files points 0002_caps points/…/_clamp.sql …  what one change replaces
"""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.db import migrations

# Types come before the tables that use them, in a file of their own.
_BEFORE_TABLES = ("CREATE SCHEMA", "CREATE DOMAIN", "CREATE TYPE")
_ORDER = (*_BEFORE_TABLES, "CREATE FUNCTION", "CREATE VIEW", "CREATE TRIGGER")
_COMMENTS = re.compile(r"(\s*--[^\n]*\n)*\s*")
# Functions in any order, as pg_dump writes them: without it PostgreSQL refuses a function that calls a later one.
_HEADER = "SET LOCAL check_function_bodies = off;\n"
_MADE = re.compile(
    r"^CREATE (SCHEMA|DOMAIN|TYPE|FUNCTION|VIEW) ([\w.]+)|^CREATE (POLICY) (\w+) ON (\w+)"
    r"|^ALTER TABLE (\w+) (ENABLE) ROW LEVEL SECURITY",
    re.MULTILINE,
)


def load(name: str) -> migrations.RunSQL:
    """The migration step that runs `NAME.sql` beside the calling migration; going back drops what that made."""
    # By frame and not inspect.stack(), which reads the sources of all: that was half a start's time in migrations.
    text = (Path(sys._getframe(1).f_code.co_filename).parent / f"{name}.sql").read_text()
    return migrations.RunSQL(text, undo(text))


def undo(text: str) -> str:
    """The statements that drop each object of `text`; dropping a table also drops its triggers and indexes."""
    return "\n".join(_drop(match) for match in reversed(list(_MADE.finditer(text))))


def in_force(app: Path) -> list[Path]:
    """The SQL files of an app in load order; `queries/sql/` holds statements that Python runs and is none of them."""
    files = [file for file in app.rglob("sql/**/*.sql") if "queries" not in file.parts]
    return sorted(files, key=lambda file: (_rank(file), str(file)))


def texts(files: Iterable[Path]) -> tuple[str, str]:
    """The SQL to run before the tables are there, and the SQL to run after."""
    before: list[str] = []
    after: list[str] = []
    for file in files:
        (before if _rank(file) < len(_BEFORE_TABLES) else after).append(file.read_text().strip() + "\n")
    return "\n".join(before), "\n".join([_HEADER, *after]) if after else ""


def _rank(file: Path) -> int:
    statement = _COMMENTS.sub("", file.read_text(), count=1)
    return next((rank for rank, start in enumerate(_ORDER) if statement.startswith(start)), len(_ORDER))


def _drop(match: re.Match[str]) -> str:
    kind, name, policy, policy_name, policy_table, table, _ = match.groups()
    if kind:
        return f"DROP {kind} {name} CASCADE;"
    if policy:
        return f"DROP POLICY {policy_name} ON {policy_table};"
    return f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"


def write(app: Path, name: str, files: Sequence[Path]) -> list[Path]:
    """Write a migration's copies, `NAME_types.sql` and `NAME.sql`, where there is something to write."""
    before, after = texts(files)
    written = {app / "migrations" / f"{name}_types.sql": before, app / "migrations" / f"{name}.sql": after}
    for path, text in written.items():
        if text:
            path.write_text(text)
    return [path for path, text in written.items() if text]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    chosen = {Path(name) for name in sys.argv[3:]}
    write(folder, sys.argv[2], [file for file in in_force(folder) if not chosen or file in chosen])
