"""`manage.py migrate` connects as hongmi_owner, the only role that may change tables."""

import gc
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from hongmi import checks, migration_state


class Command(DjangoMigrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("Migrations run as hongmi_owner; give its address in DATABASE_OWNER_URL.")
        with connections["owner"].cursor() as cursor:
            cursor.execute((settings.BASE_DIR / "hongmi" / "sql" / "database.sql").read_text())
        if others := migration_state.of_another_version(connections["owner"]):
            raise CommandError(checks.OTHER_VERSION_REFUSAL.format(others[0]), returncode=checks.OTHER_VERSION)
        migration_state.record(connections["owner"])
        # Django rebuilds every model for each step; garbage collection of the survivors takes a quarter of the time.
        gc.freeze()
        gc.set_threshold(200_000)
        super().handle(*args, **options)
