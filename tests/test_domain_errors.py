"""Each domain error has one code and one sentence, in both languages."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.utils import translation

from hongmi.lib.errors import DomainError
from redemption import errors, images, opening_times

ROOT = Path(__file__).parent.parent
APPS = ("notifications", "accounts", "merchants", "points", "redemption")
FACTS = {
    "why": "too_late", "limit": 2, "left": 1, "option": "logo", "status": "refunded", "points": 5, "cash_fen": 990,
    "minimum_fen": 500, "least_face_value_fen": 2_490, "offset_fen": 1_000, "bill_fen": 900, "missing": 3,
    "merged_into": "0193", "lapsed_at": "2026-11-11T12:00:00+00:00", "horizon": "2026-11-11", "tree_size": 8,
}  # fmt: skip


def below(root: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in root.__subclasses__():
        yield child
        yield from below(child)


def domain_errors() -> list[type[DomainError]]:
    """Those of the apps, each module that declares some imported first."""
    for file in (file for app in APPS for file in (ROOT / app).rglob("*.py")):
        if "DomainError" in file.read_text():
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    return sorted(set(below(DomainError)), key=lambda error: (error.__module__, error.__name__))


ERRORS = [error for error in domain_errors() if not error.__module__.startswith("tests.")]


def with_facts(error: type[DomainError]) -> DomainError:
    raised = error.__new__(error)
    raised.facts = FACTS
    return raised


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_its_message_is_a_sentence_in_both_languages(error: type[DomainError]) -> None:
    with translation.override("zh-hans"):
        zh = with_facts(error).message
    with translation.override("en"):
        en = with_facts(error).message
    assert re.search("[一-鿿]", zh)
    assert zh.endswith("。")
    assert en.endswith(".")
    assert not any("–" in message or "%(" in message for message in (zh, en))


def test_a_code_has_one_sentence() -> None:
    with translation.override("en"):
        sentences = {(error.code, str(error.sentence)) for error in ERRORS}
    codes = [code for code, _ in sentences]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def test_each_reason_has_a_label() -> None:
    documented = re.findall(r"\w+", (images.PictureRefused.__doc__ or "").split(":")[1])
    documented += set(re.findall(r"\w+", (opening_times.why_closed.__doc__ or "").split(":")[-1])) - {"sold_out"}
    documented += re.findall(r"\w+_\w+|excepted", errors.ReturnRefused.__doc__ or "")
    assert set(documented) <= set(errors.WHY)


def test_figures_are_readable_and_a_missing_one_is_a_dash() -> None:
    with translation.override("en"):
        assert errors.MoreThanWasTaken({"points": 500, "cash_fen": 990}).message == (
            "Give back something, and no more than is left: 500 points and ¥9.90."
        )
        assert errors.LimitReached().message == "One person may have – of it, no more."
        assert errors.LogoRefused({"why": "empty"}).message == "The upload cannot be printed: the file is empty."
