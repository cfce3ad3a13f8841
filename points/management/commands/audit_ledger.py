"""`manage.py audit_ledger`: check every law of the ledger, one line each; exits with 1 when one is broken."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from points.audit import laws
from points.operations import audits


class Command(BaseCommand):
    help = "Check every law of the ledger, in SQL and by an independent replay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object per line instead of a table")
        parser.add_argument(
            "--database", default="default", help="the database alias to read; the run is stored in the default one"
        )

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        report = self._as_json if options["json"] else self._as_line
        # Each line is written at once: on a large ledger that is the progress.
        run = audits.run(moment=timezone.now(), database=database, report=report)
        if not run.is_ok:
            raise SystemExit(1)

    def _as_json(self, finding: laws.Finding) -> None:
        self.stdout.write(json.dumps(asdict(finding) | {"ok": finding.ok}, ensure_ascii=False))
        self.stdout.flush()

    def _as_line(self, finding: laws.Finding) -> None:
        verdict = self.style.SUCCESS("OK  ") if finding.ok else self.style.ERROR("FAIL")
        self.stdout.write(
            f"{verdict} {finding.count:>7} {finding.milliseconds:>6} ms  {finding.name}: {finding.sentence}"
        )
        for example in finding.examples:
            self.stdout.write(f"        {json.dumps(example, ensure_ascii=False)}")
        self.stdout.flush()
