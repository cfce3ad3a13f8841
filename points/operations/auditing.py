"""Asking the books whether they hold, and remembering the answer."""

import json
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import connection, transaction

from points import audit
from points.metrics import AUDIT_BROKEN_LAWS, AUDIT_FINISHED
from points.models import AuditRun

log = structlog.get_logger(__name__)


def audit_books(
    *, moment: datetime, database: str = "default", report: Callable[[audit.Finding], None] | None = None
) -> AuditRun:
    """Ask every law of the books in one snapshot; each answer goes to `report` as it comes.

    The run is kept. When a law is broken, `books.audit_failed` is published and an error logged.
    """
    found = []
    with audit.snapshot(database=database) as books:
        for finding in audit.findings(books, moment=moment):
            found.append(finding)
            if report is not None:
                report(finding)
    return _recorded(found, moment)


def _recorded(found: list[audit.Finding], moment: datetime) -> AuditRun:
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
        log.error("books_audit_failed", law=finding.name, count=finding.count, examples=finding.examples)
    AUDIT_BROKEN_LAWS.set(len(broken))
    AUDIT_FINISHED.set_to_current_time()
    return run
