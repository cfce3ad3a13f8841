"""Each page is looked at in both languages of the house."""

import pytest


@pytest.fixture(params=["zh-CN", "en-GB"])
def locale(request: pytest.FixtureRequest) -> str:
    return request.param
