"""Backlog of the outbox, for Prometheus."""

from datetime import datetime

from prometheus_client import Gauge

from notifications import queries

# "mostrecent", because every process reads the same tables.
WAITING = Gauge("hongmi_outbox_waiting", "Messages and deliveries not yet consumed", multiprocess_mode="mostrecent")
PARKED = Gauge("hongmi_outbox_parked", "Deliveries that wait for an operator", multiprocess_mode="mostrecent")
OLDEST = Gauge("hongmi_outbox_oldest_seconds", "Age of the oldest waiting message", multiprocess_mode="mostrecent")


def observe(*, moment: datetime) -> None:
    backlog = queries.backlog()
    WAITING.set(backlog.waiting)
    PARKED.set(backlog.parked)
    OLDEST.set((moment - backlog.oldest_at).total_seconds() if backlog.oldest_at else 0)
