"""Whether a database was made by the migrations of this code.

Until 1.0 an app has one migration, which is generated again with every change and keeps its name. `migrate` therefore
records a digest of each applied migration, as the comment of `django_migrations`; a database without it, with another
one, or with migrations that are not here, was made by another Hongmi.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Digests = dict[str, str]


def of_another_version(connection: BaseDatabaseWrapper) -> list[str]:
    """The applied migrations of our apps that this code does not have, or has with another text."""
    here, recorded = _digests(), _recorded(connection)
    return [name for name in _applied(connection) if name not in here or recorded.get(name) != here[name]]


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The migrations, other packages' too, that were not applied yet."""
    loader = MigrationLoader(connection)
    applied = loader.applied_migrations or {}
    return sorted(".".join(key) for key in loader.graph.nodes if key not in applied)


def record(connection: BaseDatabaseWrapper) -> None:
    """Keep the digests of the migrations that may be applied now; needs the owner of the table.

    Before they are applied, because a `migrate` that is killed half-way must be able to go on.
    """
    MigrationRecorder(connection).ensure_schema()
    digests = json.dumps(_digests(), sort_keys=True)
    with connection.cursor() as cursor:
        # A comment takes no parameters; digests and names of migrations hold no quotes.
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{digests}'")


def _applied(connection: BaseDatabaseWrapper) -> list[str]:
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied if app in ours)


def _recorded(connection: BaseDatabaseWrapper) -> Digests:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
        (text,) = cursor.fetchone()
    digests: Digests = json.loads(text or "{}")
    return digests


@cache
def _digests() -> Digests:
    """By `app.name`, of the migration and the SQL beside it."""
    digests = {}
    for file in sorted(settings.BASE_DIR.glob("*/migrations/[0-9]*.py")):
        digest = hashlib.sha256()
        for part in sorted(file.parent.glob(f"{file.stem}*")):
            digest.update(part.read_bytes())
        digests[f"{file.parents[1].name}.{file.stem}"] = digest.hexdigest()[:16]
    return digests
