"""Migrates and loads the demo data in one process, because setting up Django twice dominates a second start."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hongmi.management.commands import migrate


class Command(BaseCommand):
    help = "Migrate, then load the demo data; may be run again."
    # Every process that serves afterwards runs the checks.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-cdnow", action="store_true", help="a smaller and quicker demo")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = TextColumn("表结构 tables: {task.completed} migrations"), TimeElapsedColumn()
        with Progress(SpinnerColumn(), *columns, console=Console(stderr=True), transient=True) as bar:
            call_command(_Migrate(bar), verbosity=0, skip_checks=True)
        call_command("load_demo", skip_checks=True, without_cdnow=options["without_cdnow"])


class _Migrate(migrate.Command):
    """Shows progress, because the first migration takes a while."""

    def __init__(self, bar: Progress) -> None:
        super().__init__()
        self._bar, self._task = bar, bar.add_task("", total=None)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_success":
            self._bar.advance(self._task)
