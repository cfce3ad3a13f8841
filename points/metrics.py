"""How the books are doing, for Prometheus."""

from prometheus_client import Gauge

# "mostrecent", because the last process that asked knows best.
AUDIT_BROKEN_LAWS = Gauge(
    "hongmi_audit_broken_laws", "Laws of the books the last audit found broken", multiprocess_mode="mostrecent"
)
AUDIT_FINISHED = Gauge(
    "hongmi_audit_finished_seconds", "When the last audit finished, Unix time", multiprocess_mode="mostrecent"
)
