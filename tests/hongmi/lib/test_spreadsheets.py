"""Texts of others stay texts in a spreadsheet."""

import pytest

from hongmi.lib.spreadsheets import harmless

FORMULA = "HYPERLINK(1)"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "−"])
@pytest.mark.parametrize(
    "before", ["", " ", "\u3000", "\u00a0", "\t", "\r\n", "\u200b", "\ufeff", "\u2060", "\ufe0f", " \u200d "]
)
def test_a_text_that_begins_like_a_formula_is_quoted(before: str, sign: str) -> None:
    assert harmless(before + sign + FORMULA) == f"'{before}{sign}{FORMULA}"


@pytest.mark.parametrize("text", ["", " ", "白兔 = 8", "13800000000", "A-1", "王小明", "《红楼梦》", "\u200bA"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
