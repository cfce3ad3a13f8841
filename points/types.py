"""Enums and answers of the ledger that the modules above it import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purse(models.IntegerChoices):
    BASE = 1, pgettext_lazy("purse", "points")
    GREEN = 2, _("green points")


class ActKind(models.IntegerChoices):
    """Every kind of business act; each says what happened, and none is ever undone, only answered by another."""

    PURCHASE = 1, _("purchase")  # a member bought something; the rules award points, perhaps none
    AWARD = 2, _("award")  # points without a purchase: sign-up, birthday, a confirmed project
    REDEMPTION = 3, _("redemption")  # points spent at once
    HOLD = 4, _("hold")  # points set aside for a spend that is not certain yet
    CAPTURE = 5, _("capture")  # all or part of a hold is spent, the rest goes back
    RELEASE = 6, _("release")  # a hold is given up
    LAPSE = 7, _("lapse")  # a hold ran out of time
    EXPIRY = 8, _("expiry")  # lots reached the end of their validity
    RETURN = 9, _("return")  # goods came back; the points they earned are clawed back
    REVERSAL = 10, _("reversal")  # a mistaken act is answered by its opposite, once
    TRANSFER = 11, _("transfer")  # green points given inside a family
    COMPENSATION = 12, _("compensation")  # points to make good a wrong, once per cause
    ADJUSTMENT = 13, _("adjustment")  # a correction proposed by one person and approved by another
    OPENING = 14, _("opening balance")  # points brought from an older programme
    REFUND = 15, _("refund")  # spent points go back to the lots they came from
    MERGE = 16, _("merge of accounts")  # all that a duplicate member has goes to the member who survives


class AccountKind(models.IntegerChoices):
    """Kinds of ledger account 科目; an account is (kind, holder, purse)."""

    ISSUANCE = 1, _("issuance")  # held by the issuing merchant; its debit balance is what it has issued
    MEMBER = 2, _("member")  # held by the member
    HELD = 3, _("held")  # held for the member while a spend is uncertain
    REDEEMED = 4, _("redeemed")  # held by the merchant where points were spent
    EXPIRED = 5, _("expired")  # held by the issuing merchant
    TRANSIT = 6, _("transit")  # between two members who live on different nodes
    RESERVE = 7, _("customer reserve")  # 备付金: money's own class, which no point may touch (SPEC R53)


class LotKind(models.IntegerChoices):
    """Why a lot was granted; it decides whether it may expire (SPEC D1)."""

    SPEND = 1, _("earned by spending")
    BONUS = 2, _("bonus")
    GREEN = 3, _("green")
    GIFT = 4, _("gift from family")
    COMPENSATION = 5, _("compensation")
    OPENING = 6, _("opening balance")
    MILES = 7, _("airline miles")  # earned by spending, yet with a disclosed end (SPEC R48)


@dataclass(frozen=True, slots=True)
class Movement:
    """The change of one wallet by an act. `owed` is the change of the points owed to the merchant."""

    member_id: int
    purse: int
    points: int
    balance_after: int
    owed: int


@dataclass(frozen=True, slots=True)
class Booking:
    """The answer of the ledger. `status` is booked, replayed (the first answer again) or preview (no act)."""

    status: str
    act_id: int | None
    member_id: int
    awards: Sequence[Mapping[str, Any]]
    movements: Sequence[Movement]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One item of a batch: `status` booked, replayed or rejected with a `code`."""

    reference: str
    status: str
    code: str | None
    act_id: int | None
    points: int
    green_points: int
