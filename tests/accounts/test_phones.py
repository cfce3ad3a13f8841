import pytest

from accounts import phones


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "8613800138000",
        "0086 13800138000",
        "１３８００１３８０００",
    ],
)
def test_a_mainland_number_is_one_number_however_it_is_typed(typed: str) -> None:
    assert phones.normal_form(typed) == "+8613800138000"


def test_a_foreign_number_is_taken_with_its_country_code() -> None:
    assert phones.normal_form("+852 6123 4567") == "+85261234567"


@pytest.mark.parametrize("typed", ["", "abc", "1380013800", "010 6552 9988", "12345678901", "+1", "9" * 400])
def test_it_refuses_numbers_that_no_sms_can_reach(typed: str) -> None:
    with pytest.raises(phones.NotAMobileNumber):
        phones.normal_form(typed)


def test_a_number_is_shown_masked() -> None:
    assert phones.masked("+8613800138000") == "138****8000"
    assert phones.masked("+85261234567") == "+85****4567"
