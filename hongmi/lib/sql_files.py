"""Migrations that load SQL from numbered files: `name.0001.sql`, immutable once landed."""

import sys
from pathlib import Path

from django.db import migrations


def load(name: str, *, instead_of: str | None = None, undo: str = "") -> migrations.RunSQL:
    """The migration step that runs `<app>/sql/<name>.sql`, where <app> is the package of the calling migration.

    Going back it runs `instead_of`, the file that this one replaced, or else the SQL in `undo`.
    """
    folder = _folder_beside()
    return migrations.RunSQL(
        sql=_text(folder, name),
        reverse_sql=_text(folder, instead_of) if instead_of else undo or migrations.RunSQL.noop,
    )


def load_going_back(name: str) -> migrations.RunSQL:
    """The migration step that does nothing, and going back runs `<app>/sql/<name>.sql`."""
    return migrations.RunSQL(migrations.RunSQL.noop, _text(_folder_beside(), name))


def walls_down(app: str) -> str:
    """The SQL that takes away every policy of this app's tables (hongmi/lib/rls.py), for the way back."""
    down = """
        DO $$
        DECLARE
            v_wall record;
        BEGIN
            FOR v_wall IN SELECT tablename, policyname FROM pg_policies WHERE tablename LIKE '%(app)s\\_%%' LOOP
                EXECUTE format('DROP POLICY %%I ON %%I', v_wall.policyname, v_wall.tablename);
                EXECUTE format('ALTER TABLE %%I DISABLE ROW LEVEL SECURITY', v_wall.tablename);
            END LOOP;
        END $$;
    """
    return down % {"app": app}


def _folder_beside() -> Path:
    # By frame and not inspect.stack(), which reads the sources of all: that was half a start's time in migrations.
    return Path(sys._getframe(2).f_code.co_filename).parents[1] / "sql"


def _text(folder: Path, name: str) -> str:
    return (folder / f"{name}.sql").read_text()
