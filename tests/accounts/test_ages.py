from datetime import UTC, date, datetime

import pytest

from accounts import ages


def test_a_person_born_on_29_february_is_a_year_older_on_1_march() -> None:
    born = date(2012, 2, 29)
    assert ages.age_on(born, date(2026, 2, 28)) == 13
    assert ages.age_on(born, date(2026, 3, 1)) == 14


def test_a_guardian_is_needed_until_the_day_of_the_fourteenth_birthday() -> None:
    born = date(2012, 11, 22)
    assert ages.needs_guardian(born, date(2026, 11, 21))
    assert not ages.needs_guardian(born, date(2026, 11, 22))
    assert not ages.needs_guardian(None, date(2026, 11, 22))


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2027, 2, 28), [228, 229]), (date(2028, 2, 28), [228]), (date(2028, 2, 29), [229])]
)
def test_a_birthday_on_29_february_is_celebrated_on_the_28th_of_a_common_year(day: date, expected: list[int]) -> None:
    assert ages.birthdays_on(day) == expected


def test_a_day_is_one_in_shanghai() -> None:
    assert ages.day_of(datetime(2026, 11, 21, 16, tzinfo=UTC)) == date(2026, 11, 22)
