"""Generated requests, good and broken, against a real server: what comes back is as described, and never a 500.

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
from tests.partner_client import BOOKS, description
from tests.points.api.scenario import Stage, replaced

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
# Whatever a call of the API may write to.
TABLES = (
    *BOOKS, Hold, Wallet, User, Registration, Membership, MemberCode, Authorisation, Outbox, SandboxSms,
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
def stage() -> Iterator[Stage]:
    """Where the requests of one call are sent. At the end at least one of them must have succeeded, because what is
    only ever refused says nothing about its answer."""
    stage = Stage()
    yield stage
    assert not stage.tried - stage.succeeded, "never answered with a success"


def attack(case: Any, live_server_url: str, stage: Stage) -> None:
    """One generated request. A sound one is sent as it is and again with something real in the place of what it names;
    of a broken one what is sound names something real, so that there is something to spoil."""
    real = with_real_names(case, stage)
    if case.meta.generation.mode.is_positive and real is not case:
        strike(case, live_server_url, stage)
    strike(real, live_server_url, stage)


def with_real_names(case: Any, stage: Stage) -> Any:
    """The same with what stands on the stage in its sound parts; the case itself where it names nothing."""
    parts = {part: case.get_container(part) for part in Part if is_sound(case, part)}
    if not any(isinstance(told, Mapping) and told for told in parts.values()):
        return case
    real = stage.named(case.operation.definition.raw["operationId"], parts.get(Part.BODY))
    # A key of its own, because one that comes again with another request is refused for that alone.
    names = {
        Part.PATH: real.path,
        Part.QUERY: real.query,
        Part.BODY: real.body,
        Part.HEADER: {HEADER: uuid.uuid4().hex},
    }
    filled = {
        part: replaced(told, names[part]) if isinstance(told, Mapping) and part in names else told
        for part, told in parts.items()
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
        # What was sound is sound still, and what was broken is as broken as before.
        _meta=CaseMetadata(case.meta.generation, case.meta.components, case.meta.phase),
    )


def is_sound(case: Any, part: Part) -> bool:
    return part in case.meta.components and not case.meta.is_negative_at(part)


def written() -> dict[str, tuple[int, int | None]]:
    """For each table how many rows it has, and the last transaction that wrote one that is still there; so a row that
    was only changed is seen too."""
    asked = "SELECT '{0}', count(*), max(xmin::text::bigint) FROM {0}"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked.format(table._meta.db_table) for table in TABLES))
        return {table: (rows, last) for table, rows, last in cursor.fetchall()}


def strike(case: Any, live_server_url: str, stage: Stage) -> None:
    """Send it: the answer is as described, and a refusal writes nothing."""
    before = written()
    answer = case.call(base_url=live_server_url, headers=stage.till.headers())
    stage.note(case.operation.label, succeeded=answer.status_code < 300)
    # A batch answers 200 and rejects the malformed item, so that it does not spoil the rest.
    told = [openapi_checks.negative_data_rejection] if case.path.endswith("/batch") else []
    case.validate_response(answer, checks=[check for check in CHECKS if check not in told])
    if answer.status_code >= 400:
        assert written() == before


@schema.parametrize()
@settings(max_examples=SHORT, derandomize=True, **COMMON)
def test_every_call_keeps_to_its_description(case: Any, live_server_url: str, stage: Stage) -> None:
    attack(case, live_server_url, stage)


@pytest.mark.campaign
@schema.parametrize()
@settings(max_examples=LONG, **COMMON)
def test_every_call_keeps_to_its_description_for_long(case: Any, live_server_url: str, stage: Stage) -> None:
    attack(case, live_server_url, stage)
