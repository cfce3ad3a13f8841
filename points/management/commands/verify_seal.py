"""`manage.py verify_seal`: rebuild every leaf from the tables and compare with signed heads stored outside."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from points.transparency import log, proofs, publication


class Command(BaseCommand):
    help = "Compare the ledger with published heads; exit status 1 when history was altered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", type=Path, metavar="FILE", help="heads as JSON, one a line")

    def handle(self, *args: Any, heads: Path | None = None, **options: Any) -> None:
        published = list(publication.read_heads(heads or settings.HEADS_DIRECTORY / publication.HEADS_FILE))
        with log.snapshot() as cursor:
            findings = proofs.verify_against_heads(cursor, published, log.keys())
        for each in findings:
            act = f", act {each.act_id}" if each.act_id is not None else ""
            self.stdout.write(f"{each.fault} at {each.place}{act}")
        if findings:
            sys.exit(1)
        newest = max((each.head.tree_size for each in published), default=0)
        self.stdout.write(f"{len(published)} heads hold: every act up to leaf {newest - 1} is as it was sealed")
