"""Generated requests, good and broken, against a real server: what comes back is as described, and never a 500.

`make campaign NAME=fuzz` sends a hundred times as many.
"""

import os
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests import till as tills
from tests.points.test_api_strictness import everything
from tests.till import Till

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
SHORT, LONG = 15, int(os.environ.get("HONGMI_EXAMPLES", "1500"))
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),
    "database": None,
}


schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


@pytest.fixture
def till() -> Till:
    shop = tills.merchant("stationer")
    tills.publish_rule(shop)
    return Till(shop)


def attack(case: Any, live_server_url: str, till: Till) -> None:
    """One generated request; a refusal writes nothing."""
    before = everything()
    answer = case.call(base_url=live_server_url, headers=till.headers())
    # A batch answers 200 and rejects the malformed item, so that it does not spoil the rest.
    told = [openapi_checks.negative_data_rejection] if case.path.endswith("/batch") else []
    case.validate_response(answer, checks=[check for check in CHECKS if check not in told])
    if answer.status_code >= 400:
        assert everything() == before


@schema.parametrize()
@settings(max_examples=SHORT, derandomize=True, **COMMON)
def test_every_call_keeps_to_its_description(case: Any, live_server_url: str, till: Till) -> None:
    attack(case, live_server_url, till)


@pytest.mark.campaign
@schema.parametrize()
@settings(max_examples=LONG, **COMMON)
def test_every_call_keeps_to_its_description_for_long(case: Any, live_server_url: str, till: Till) -> None:
    attack(case, live_server_url, till)
