"""`manage.py seal`: seal finished acts and publish the heads, once or until it is stopped."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from points.transparency import sealer


class Command(BaseCommand):
    help = "Seal finished acts and publish signed heads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--follow", type=float, metavar="SECONDS", help="keep running, and seal every so many seconds"
        )

    def handle(self, *args: Any, follow: float | None = None, **options: Any) -> None:
        while True:
            sealed = sealer.run()
            if sealed or not follow:
                self.stdout.write(f"sealed {sealed}, {self._waiting()}")
            if not follow:
                return
            time.sleep(follow)

    def _waiting(self) -> str:
        backlog = sealer.backlog()
        since = backlog.oldest_recorded_at
        return f"{backlog.acts} waiting" + (f" since {since.isoformat(timespec='seconds')}" if since else "")
