"""Whatever is refused at the desk is told in a sentence, in both languages."""

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from points.errors import (
    ActNotFound,
    HoldEnded,
    HoldLapsed,
    InsufficientPoints,
    InvalidArgument,
    IssuingLimitReached,
    KeyReused,
    MemberNotFound,
    MerchantNotLive,
    MoreThanWasSpent,
    ReferenceConflict,
    StaleRead,
    UnknownStore,
)
from redemption import error_messages, errors, images, opening_times
from redemption.operations.catalogue import CatalogueRefusal

# What the books refuse when an order is spent, ended or given back.
OF_THE_BOOKS = (
    ActNotFound, HoldEnded, HoldLapsed, InsufficientPoints, InvalidArgument,
    IssuingLimitReached, KeyReused, MemberNotFound, MerchantNotLive,
    MoreThanWasSpent, ReferenceConflict, StaleRead, UnknownStore,
)  # fmt: skip
FACTS = {
    "why": "too_late", "limit": 2, "option": "logo", "status": "refunded", "points": 5, "cash_fen": 990,
    "minimum_fen": 500, "least_face_value_fen": 2_490, "missing": 3,
}  # fmt: skip


def below(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from below(child)


REFUSALS = [*below(errors.RedemptionRefused), *below(CatalogueRefusal), *OF_THE_BOOKS]


def of(refused: type[Exception]) -> Exception:
    """One as it would be raised, with every figure."""
    told = refused.__new__(refused)
    told.facts = FACTS  # type: ignore[attr-defined]
    return told


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda one: one.__name__)
def test_every_refusal_is_a_sentence_in_both_languages(refused: type[Exception]) -> None:
    assert error_messages.has_words(refused)
    with translation.override("zh-hans"):
        zh = error_messages.refusal(of(refused))
    with translation.override("en"):
        en = error_messages.refusal(of(refused))
    assert re.search("[一-鿿]", zh)
    assert zh.endswith("。")
    assert en.endswith(".")
    for said in (zh, en):
        assert "%(" not in said
        assert str(getattr(refused, "code", "")) not in said.split()


def test_every_reason_of_a_picture_a_voucher_and_a_closed_door_has_its_words() -> None:
    told = error_messages.reasons()
    documented = re.findall(r"\w+", (images.PictureRefused.__doc__ or "").split(":")[1])
    assert set(documented) <= told
    closed = re.findall(r"\w+", (opening_times.why_closed.__doc__ or "").split(":")[-1])
    assert set(closed) - {"sold_out"} <= told
    returned = re.findall(r"\w+_\w+|excepted", errors.ReturnRefused.__doc__ or "")
    assert len(returned) == 6
    assert set(returned) <= told


def test_figures_are_told_in_yuan_and_missing_ones_do_not_break_the_sentence() -> None:
    refused = errors.MoreThanWasTaken({"points": 500, "cash_fen": 990})
    with translation.override("en"):
        assert error_messages.refusal(refused) == (
            "Give back something, and no more than is left: 500 points and ¥9.90."
        )
        assert error_messages.refusal(errors.LimitReached()) == "One person may have – of it, no more."
