"""Asking the books whether they hold, and remembering the answer."""

import json
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Final

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from points.audit import laws
from points.models import AuditRun
from points.transparency import log, proofs, publication

logger = structlog.get_logger(__name__)
SEALED_HISTORY: Final = "what_was_sealed_is_unaltered"


def run(
    *,
    moment: datetime,
    database: str = "default",
    report: Callable[[laws.Finding], None] | None = None,
    with_seal: bool = False,
) -> AuditRun:
    """Ask every law of the books in one snapshot; each answer goes to `report` as it comes.

    `with_seal` also makes every sealed leaf again and compares it with the heads that left the house, because whoever
    alters all tables alike breaks no law.

    The run is kept. When a law is broken, `books.audit_failed` is published and an error logged.
    """
    found = []
    with laws.snapshot(database=database) as books:
        for finding in laws.findings(books, moment=moment):
            found.append(finding)
            if report is not None:
                report(finding)
    if with_seal:
        found.append(_sealed_history())
    return _recorded(found, moment)


def _sealed_history() -> laws.Finding:
    started = perf_counter()
    with log.snapshot() as cursor:
        faults = proofs.verify_against_heads(cursor, publication.published_heads(), log.keys())
    return laws.Finding(
        name=SEALED_HISTORY,
        sentence=_("What was sealed is as it was when its heads left the house."),
        count=len(faults),
        examples=[
            {"fault": str(each.fault), "place": each.place, "act": each.act_id} for each in faults[: laws.EXAMPLES_KEPT]
        ],
        milliseconds=round((perf_counter() - started) * 1000),
    )


def _recorded(found: list[laws.Finding], moment: datetime) -> AuditRun:
    broken = [finding for finding in found if not finding.ok]
    with transaction.atomic():
        run = AuditRun.objects.create(
            started_at=moment,
            is_ok=not broken,
            findings={
                finding.name: {
                    "count": finding.count,
                    "milliseconds": finding.milliseconds,
                    "examples": finding.examples,
                }
                for finding in found
            },
        )
        if broken:
            with connection.cursor() as cursor:
                payload = {"run": run.pk, "laws": [finding.name for finding in broken]}
                cursor.execute("SELECT notifications.publish('books.audit_failed', %s::jsonb)", [json.dumps(payload)])
    for finding in broken:
        logger.error("books_audit_failed", law=finding.name, count=finding.count, examples=finding.examples)
    return run
