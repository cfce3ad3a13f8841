"""Tables and demo data in one process, because setting Django up twice is most of what a second start waits for."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hongmi.management.commands import migrate


class Command(BaseCommand):
    help = "Migrate, then load the demo data; may be run again."
    # The checks that matter are asked by every process that then serves.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-cdnow", action="store_true", help="a smaller and quicker demo")

    def handle(self, *args: Any, **options: Any) -> None:
        told = TextColumn("表结构 tables: {task.completed} migrations"), TimeElapsedColumn()
        with Progress(SpinnerColumn(), *told, console=Console(stderr=True), transient=True) as bar:
            call_command(_Migrate(bar), verbosity=0, skip_checks=True)
        call_command("load_demo", skip_checks=True, without_cdnow=options["without_cdnow"])


class _Migrate(migrate.Command):
    """Shows that it moves, because the first time takes a while."""

    def __init__(self, bar: Progress) -> None:
        super().__init__()
        self._bar, self._task = bar, bar.add_task("", total=None)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_success":
            self._bar.advance(self._task)
