import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import code128, codes


def test_a_code_has_six_digits() -> None:
    drawn = {codes.draw_sms_code() for _ in range(50)}
    assert all(len(code) == 6 and code.isdigit() for code in drawn)
    assert len(drawn) > 40


def test_the_check_digit_is_that_of_iso_7812() -> None:
    # The example of ISO/IEC 7812-1, annex B.
    assert codes.check_digit("7992739871") == "3"


@given(st.integers(min_value=0, max_value=14), st.sampled_from(string.digits))
def test_one_wrong_digit_is_detected(place: int, digit: str) -> None:
    number = codes.draw_card_number()
    assert codes.is_card_number(number)
    changed = number[:place] + digit + number[place + 1 :]
    assert codes.is_card_number(changed) == (changed == number)


@pytest.mark.parametrize("pin", ["000000", "888888", "123456", "654321", "890123", "121212", "520520"])
def test_a_pin_that_thieves_try_first_is_guessable(pin: str) -> None:
    assert codes.is_guessable_pin(pin)


@pytest.mark.parametrize("pin", ["274951", "120584", "112233"[:5] + "9"])
def test_another_pin_is_not(pin: str) -> None:
    assert not codes.is_guessable_pin(pin)


def test_a_spoken_code_ignores_case_spaces_and_dashes() -> None:
    code = codes.draw_spoken_code()
    assert codes.normal_spoken_code(code.lower().replace("-", " ")) == code.replace("-", "")


def test_the_barcode_has_the_check_symbol_of_iso_15417() -> None:
    # 105 + 1·12 + 2·34 + 3·56 = 353 = 3·103 + 44
    assert code128.symbol_values("123456") == [105, 12, 34, 56, 44]


def test_every_symbol_has_eleven_modules_and_no_two_are_alike() -> None:
    assert {sum(map(int, widths)) for widths in code128.WIDTHS} == {11}
    assert len(set(code128.WIDTHS)) == 106
    assert code128.WIDTHS[code128.START_C] == "211232"


def test_a_barcode_of_sixteen_digits_is_as_wide_as_its_symbols_and_quiet_zones() -> None:
    # start + 8 pairs + check = 10 symbols of 11 modules, stop of 13, 10 modules of quiet on each side.
    assert 'viewBox="0 0 143 40"' in code128.svg("6812345678901234", title="card")


@pytest.mark.parametrize("digits", ["123", "12a4", "１２"])
def test_it_refuses_text_that_code_set_c_cannot_encode(digits: str) -> None:
    with pytest.raises(ValueError, match="pairs"):
        code128.symbol_values(digits)
