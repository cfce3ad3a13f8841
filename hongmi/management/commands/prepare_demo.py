"""Tables and demo data in one process, because setting Django up twice is most of what a second start waits for."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Migrate, then load the demo data; may be run again."
    # The checks that matter are asked by every process that then serves.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-cdnow", action="store_true", help="a smaller and quicker demo")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("load_demo", skip_checks=True, without_cdnow=options["without_cdnow"])
