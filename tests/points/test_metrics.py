"""The gauges of the last audit."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from points.models import AuditRun

pytestmark = pytest.mark.django_db


def test_prometheus_reads_the_last_audit_whichever_process_ran_it(settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"
    finding = {"milliseconds": 1, "examples": []}
    for broken in (3, 1):
        laws = {f"law {number}": finding | {"count": int(number < broken)} for number in range(5)}
        AuditRun.objects.create(started_at=timezone.now(), is_ok=False, findings=laws)
    page = Client().get("/metrics", headers={"Authorization": "Bearer secret"}).content.decode()
    numbers = dict(line.split() for line in page.splitlines() if line.startswith("hongmi_audit_"))
    assert float(numbers["hongmi_audit_broken_laws"]) == 1
    assert abs(float(numbers["hongmi_audit_finished_seconds"]) - timezone.now().timestamp()) < 60
