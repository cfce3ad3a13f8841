"""One log line a request names its duration, partner, status and problem, and no query string."""

import logging

import pytest
from django.conf import settings
from django.test import Client
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from merchants.models import PartnerCredential
from tests import factories
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.django_db

SECRET = "s3cret-of-a-partner"


def test_a_line_names_duration_partner_status_and_problem() -> None:
    partner = PartnerClient(factories.merchant())
    credential = PartnerCredential.objects.get(client_id=partner.client_id)
    with capture_logs(processors=[merge_contextvars]) as logged:
        partner.get("/rewards/1")
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


def test_a_query_string_is_not_logged() -> None:
    with capture_logs() as lines:
        for path in ("/healthz", "/api/v1/rewards", "/console/accounts/user/", "/no/such/page"):
            Client().get(path, {"client_secret": SECRET, "access_token": SECRET})
    requests = [line["request"] for line in lines if "request" in line]
    assert "GET /api/v1/rewards" in requests
    assert SECRET not in str(lines)


def test_the_development_server_logs_no_query_string_either() -> None:
    handled: list[logging.LogRecord] = []
    logger = logging.getLogger("django.server")
    assert settings.LOGGING["loggers"]["django.server"]["filters"]
    handler = logging.Handler()
    handler.emit = handled.append  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        logger.warning('"%s" %s %s', f"GET /api/v1/rewards?access_token={SECRET} HTTP/1.1", "404", "9")
    finally:
        logger.removeHandler(handler)
    assert [record.getMessage() for record in handled] == ['"GET /api/v1/rewards HTTP/1.1" 404 9']
