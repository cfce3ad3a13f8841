"""Each requirement of redemption has tests that bear its number, so that a reader of the specification finds them."""

import re
from typing import Final

import pytest
from django.conf import settings

REQUIREMENTS: Final = (*range(21, 34), 35, 37, *range(47, 51))
NAMED: Final = re.compile(r"def test_((?:R\d\d_)+)")


def numbers() -> set[int]:
    files = [*(settings.BASE_DIR / "tests" / "redemption").rglob("test_*.py")]
    files += (settings.BASE_DIR / "tests" / "concurrency").glob("test_redemption*.py")
    found = "".join("".join(NAMED.findall(path.read_text())) for path in files)
    return {int(number) for number in re.findall(r"R(\d\d)_", found)}


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_a_requirement_has_tests_that_bear_its_number(number: int) -> None:
    assert number in numbers()
