"""Audit runs: every law is checked, the result is stored, a broken law raises an alert."""

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
    """Check every law of the ledger in one snapshot; each finding goes to `report` as it comes.

    `with_seal` also rebuilds every sealed leaf and compares it with the published heads, because an attacker who alters
    all tables alike breaks no law.

    The run is stored. When a law is broken, `ledger.audit_failed` is published and an error logged.
    """
    found = []
    with laws.snapshot(database=database) as ledger:
        for finding in laws.findings(ledger, moment=moment):
            found.append(finding)
            if report is not None:
                report(finding)
    if with_seal:
        found.append(_sealed_history())
    return _stored(found, moment)


def _sealed_history() -> laws.Finding:
    started = perf_counter()
    with log.snapshot() as cursor:
        faults = proofs.verify_against_heads(cursor, publication.published_heads(), log.keys())
    return laws.Finding(
        name=SEALED_HISTORY,
        sentence=_("Every sealed act is as it was when its head was published."),
        count=len(faults),
        examples=[
            {"fault": str(each.fault), "place": each.place, "act": each.act_id}
            for each in faults[: laws.EXAMPLES_SHOWN]
        ],
        milliseconds=round((perf_counter() - started) * 1000),
    )


def _stored(found: list[laws.Finding], moment: datetime) -> AuditRun:
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
                cursor.execute("SELECT notifications.publish('ledger.audit_failed', %s::jsonb)", [json.dumps(payload)])
    for finding in broken:
        logger.error("ledger_audit_failed", law=finding.name, count=finding.count, examples=finding.examples)
    return run
