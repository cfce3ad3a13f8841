"""How the books are doing, for Prometheus."""

from prometheus_client import Gauge

from points import queries

# "mostrecent", because the last process that was asked knows best.
AUDIT_BROKEN_LAWS = Gauge(
    "hongmi_audit_broken_laws", "Laws of the books the last audit found broken", multiprocess_mode="mostrecent"
)
AUDIT_FINISHED = Gauge(
    "hongmi_audit_finished_seconds", "When the last audit finished, Unix time", multiprocess_mode="mostrecent"
)


def observe() -> None:
    """From the table, because who audits, a worker or a command, is no process that Prometheus asks."""
    audit = queries.last_audit()
    if audit is not None:
        AUDIT_BROKEN_LAWS.set(sum(1 for finding in audit.findings.values() if finding["count"]))
        AUDIT_FINISHED.set(audit.finished_at.timestamp())
