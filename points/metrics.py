"""Gauges of the last audit, for Prometheus."""

from prometheus_client import Gauge

from points import queries

# "mostrecent", because the process that read the table last has the newest run.
AUDIT_BROKEN_LAWS = Gauge(
    "hongmi_audit_broken_laws", "Laws of the ledger that the last audit found broken", multiprocess_mode="mostrecent"
)
AUDIT_FINISHED = Gauge(
    "hongmi_audit_finished_seconds", "When the last audit finished, Unix time", multiprocess_mode="mostrecent"
)


def observe() -> None:
    """Read the last run from the table: Prometheus does not scrape the worker or command that audits."""
    audit = queries.last_audit()
    if audit is not None:
        AUDIT_BROKEN_LAWS.set(sum(1 for finding in audit.findings.values() if finding["count"]))
        AUDIT_FINISHED.set(audit.finished_at.timestamp())
