"""One log line a request names its duration, partner, status and problem."""

import pytest
from django.test import Client
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from merchants.models import PartnerCredential
from tests import factories
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.django_db


def test_a_line_names_duration_partner_status_and_problem() -> None:
    till = PartnerClient(factories.merchant())
    credential = PartnerCredential.objects.get(client_id=till.client_id)
    with capture_logs(processors=[merge_contextvars]) as logged:
        till.get("/rewards/1")
    [line] = [entry for entry in logged if entry["event"] == "request_finished"]
    assert (line["merchant_id"], line["credential_id"]) == (credential.merchant_id, credential.pk)
    assert (line["code"], line["problem"]) == (404, "reward_not_found")
    assert 0 < line["duration_ms"] < 60_000


def test_a_line_without_a_partner_names_none_and_the_refusal() -> None:
    with capture_logs(processors=[merge_contextvars]) as logged:
        Client().get("/api/v1/rewards", headers={"Authorization": "Bearer wrong"})
    [line] = [entry for entry in logged if entry["event"] == "request_finished"]
    assert (line["code"], line["problem"]) == (401, "token_invalid")
    assert "merchant_id" not in line
