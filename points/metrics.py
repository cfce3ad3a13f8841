"""Gauges of the seal and the last audit, for Prometheus."""

from datetime import datetime

from prometheus_client import Gauge

from points import queries
from points.transparency import sealer

# "mostrecent", because the process that read the table last has the newest run.
AUDIT_BROKEN_LAWS = Gauge(
    "hongmi_audit_broken_laws", "Laws of the ledger that the last audit found broken", multiprocess_mode="mostrecent"
)
AUDIT_FINISHED = Gauge(
    "hongmi_audit_finished_seconds", "When the last audit finished, Unix time", multiprocess_mode="mostrecent"
)
SEAL_WAITING = Gauge("hongmi_seal_waiting", "Acts not sealed yet", multiprocess_mode="mostrecent")
SEAL_OLDEST = Gauge("hongmi_seal_oldest_seconds", "Age of the oldest of them", multiprocess_mode="mostrecent")


def observe(*, moment: datetime) -> None:
    """Read the tables, because Prometheus does not scrape the workers and commands that seal and audit."""
    waiting = sealer.backlog()
    SEAL_WAITING.set(waiting.acts)
    oldest_at = waiting.oldest_recorded_at
    SEAL_OLDEST.set(max(0, (moment - oldest_at).total_seconds()) if oldest_at else 0)
    audit = queries.last_audit()
    if audit is not None:
        AUDIT_BROKEN_LAWS.set(sum(1 for finding in audit.findings.values() if finding["count"]))
        AUDIT_FINISHED.set(audit.finished_at.timestamp())
