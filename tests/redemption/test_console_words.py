"""Whatever is refused at the desk is told in a sentence, in both languages."""

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from points import operations as points
from redemption import console_words, opening_times, operations, pictures, refusals

# What the books refuse when an order is spent, ended or given back.
OF_THE_BOOKS = (
    points.ActNotFound, points.HoldEnded, points.HoldLapsed, points.InsufficientPoints, points.InvalidArgument,
    points.IssuingLimitReached, points.KeyReused, points.MemberNotFound, points.MerchantNotLive,
    points.MoreThanWasSpent, points.ReferenceConflict, points.StaleRead, points.UnknownStore,
)  # fmt: skip
FACTS = {
    "why": "too_late", "limit": 2, "option": "logo", "status": "refunded", "points": 5, "cash_fen": 990,
    "minimum_fen": 500, "least_face_value_fen": 2_490, "missing": 3,
}  # fmt: skip


def below(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from below(child)


REFUSALS = [*below(refusals.RedemptionRefused), *below(operations.CatalogueRefusal), *OF_THE_BOOKS]


def of(refused: type[Exception]) -> Exception:
    """One as it would be raised, with every figure."""
    told = refused.__new__(refused)
    told.facts = FACTS  # type: ignore[attr-defined]
    return told


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda one: one.__name__)
def test_every_refusal_is_a_sentence_in_both_languages(refused: type[Exception]) -> None:
    assert console_words.has_words(refused)
    with translation.override("zh-hans"):
        zh = console_words.refusal(of(refused))
    with translation.override("en"):
        en = console_words.refusal(of(refused))
    assert re.search("[一-鿿]", zh)
    assert zh.endswith("。")
    assert en.endswith(".")
    for said in (zh, en):
        assert "%(" not in said
        assert str(getattr(refused, "code", "")) not in said.split()


def test_every_reason_of_a_picture_a_voucher_and_a_closed_door_has_its_words() -> None:
    told = console_words.reasons()
    documented = re.findall(r"\w+", (pictures.PictureRefused.__doc__ or "").split(":")[1])
    assert set(documented) <= told
    closed = re.findall(r"\w+", (opening_times.why_closed.__doc__ or "").split(":")[-1])
    assert set(closed) - {"sold_out"} <= told
    returned = re.findall(r"\w+_\w+|excepted", refusals.ReturnRefused.__doc__ or "")
    assert len(returned) == 6
    assert set(returned) <= told


def test_figures_are_told_in_yuan_and_missing_ones_do_not_break_the_sentence() -> None:
    refused = refusals.MoreThanWasTaken({"points": 500, "cash_fen": 990})
    with translation.override("en"):
        assert console_words.refusal(refused) == (
            "Give back something, and no more than is left: 500 points and ¥9.90."
        )
        assert console_words.refusal(refusals.LimitReached()) == "One person may have – of it, no more."
