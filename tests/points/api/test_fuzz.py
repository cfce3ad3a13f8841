"""Generated requests, good and broken, against a real server: the answer is as described, and never a 500.

`make campaign NAME=fuzz` sends a hundred times as many.
"""

import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation as Part
from schemathesis.generation.meta import CaseMetadata
from schemathesis.specs.openapi import checks as openapi_checks

from accounts.models import User
from hongmi.lib.idempotency_key import HEADER
from merchants.models import Authorisation, MemberCode, Membership, Registration
from notifications.models import Outbox, SandboxSms
from points.models import Hold, Wallet
from redemption import models as redemption
from tests.partner_client import LEDGER_TABLES, description
from tests.points.api.scenario import Scenario, replaced

pytestmark = pytest.mark.usefixtures("committed_db")

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
    openapi_checks.missing_required_header,
    openapi_checks.unsupported_method,
]
# Tables that a call of the API may write to.
TABLES = (
    *LEDGER_TABLES, Hold, Wallet, User, Registration, Membership, MemberCode, Authorisation, Outbox, SandboxSms,
    redemption.RequestKey, redemption.Reward, redemption.Slot, redemption.Order, redemption.OrderStep,
    redemption.LimitUsage, redemption.Payment, redemption.Refund, redemption.Voucher, redemption.VoucherStep,
    redemption.Offset, redemption.OffsetRefund, redemption.OrderReturn, redemption.Logo,
)  # fmt: skip
SHORT, LONG = 15, int(os.environ.get("HONGMI_EXAMPLES", "1500"))
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),
    "database": None,
}


schema = schemathesis.openapi.from_dict(description())


@pytest.fixture
def scenario() -> Iterator[Scenario]:
    """The scenario of one call. At the end at least one request must have succeeded, because a call that is always
    refused never shows its answer."""
    scenario = Scenario()
    yield scenario
    assert not scenario.tried - scenario.succeeded, "never answered with a success"


def attack(case: Any, live_server_url: str, scenario: Scenario) -> None:
    """Send one generated request. A valid one is sent unchanged and again with existing names; in a broken one the
    valid parts get existing names, so that it could do damage."""
    real = with_real_names(case, scenario)
    if case.meta.generation.mode.is_positive and real is not case:
        strike(case, live_server_url, scenario)
    strike(real, live_server_url, scenario)


def with_real_names(case: Any, scenario: Scenario) -> Any:
    """The case with existing names in its valid parts; the case itself where it names nothing."""
    parts = {part: case.get_container(part) for part in Part if is_valid(case, part)}
    if not any(isinstance(value, Mapping) and value for value in parts.values()):
        return case
    real = scenario.named(case.operation.definition.raw["operationId"], parts.get(Part.BODY))
    # A fresh key, because a repeated one with another body is refused for that alone.
    names = {
        Part.PATH: real.path,
        Part.QUERY: real.query,
        Part.BODY: real.body,
        Part.HEADER: {HEADER: uuid.uuid4().hex},
    }
    filled = {
        part: replaced(value, names[part]) if isinstance(value, Mapping) and part in names else value
        for part, value in parts.items()
    }
    return case.operation.Case(
        method=case.method,
        path_parameters=filled.get(Part.PATH, case.path_parameters),
        headers=filled.get(Part.HEADER, case.headers),
        cookies=case.cookies,
        query=filled.get(Part.QUERY, case.query),
        body=filled.get(Part.BODY, case.body),
        media_type=case.media_type,
        multipart_content_types=case.multipart_content_types,
        # Valid parts are still valid, and broken ones are as broken as before.
        _meta=CaseMetadata(case.meta.generation, case.meta.components, case.meta.phase),
    )


def is_valid(case: Any, part: Part) -> bool:
    return part in case.meta.components and not case.meta.is_negative_at(part)


def written() -> dict[str, tuple[int, int | None]]:
    """For each table the number of rows, and the last transaction that wrote one of them, because rows may change."""
    query = "SELECT '{0}', count(*), max(xmin::text::bigint) FROM {0}"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(query.format(table._meta.db_table) for table in TABLES))
        return {table: (rows, last) for table, rows, last in cursor.fetchall()}


def strike(case: Any, live_server_url: str, scenario: Scenario) -> None:
    """Send it: the answer is as described, and a refusal writes nothing."""
    before = written()
    answer = case.call(base_url=live_server_url, headers=scenario.partner.headers())
    scenario.note(case.operation.label, succeeded=answer.status_code < 300)
    # A batch answers 200 and rejects the malformed item, so that it does not spoil the rest.
    value = [openapi_checks.negative_data_rejection] if case.path.endswith("/batch") else []
    case.validate_response(answer, checks=[check for check in CHECKS if check not in value])
    if answer.status_code >= 400:
        assert written() == before


@schema.parametrize()
@settings(max_examples=SHORT, derandomize=True, **COMMON)
def test_every_call_keeps_to_its_description(case: Any, live_server_url: str, scenario: Scenario) -> None:
    attack(case, live_server_url, scenario)


@pytest.mark.campaign
@schema.parametrize()
@settings(max_examples=LONG, **COMMON)
def test_every_call_keeps_to_its_description_for_long(case: Any, live_server_url: str, scenario: Scenario) -> None:
    attack(case, live_server_url, scenario)
