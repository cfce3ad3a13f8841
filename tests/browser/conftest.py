"""Each page is checked in both languages."""

import pytest


@pytest.fixture(params=["zh-CN", "en-GB"])
def locale(request: pytest.FixtureRequest) -> str:
    return request.param
