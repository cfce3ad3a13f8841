"""Enums and answers of the ledger that the modules above it import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purse(models.TextChoices):
    BASE = "base", pgettext_lazy("purse", "points")
    GREEN = "green", _("green points")


class ActKind(models.TextChoices):
    """Every kind of business act; each says what happened, and none is ever undone, only answered by another."""

    PURCHASE = "purchase", _("purchase")  # a member bought something; the rules award points, perhaps none
    AWARD = "award", _("award")  # points without a purchase: sign-up, birthday, a confirmed project
    REDEMPTION = "redemption", _("redemption")  # points spent at once
    HOLD = "hold", _("hold")  # points set aside for a spend that is not certain yet
    CAPTURE = "capture", _("capture")  # all or part of a hold is spent, the rest goes back
    RELEASE = "release", _("release")  # a hold is given up
    LAPSE = "lapse", _("lapse")  # a hold ran out of time
    EXPIRY = "expiry", _("expiry")  # lots reached the end of their validity
    RETURN = "return", _("return")  # goods came back; the points they earned are clawed back
    REVERSAL = "reversal", _("reversal")  # a mistaken act is answered by its opposite, once
    TRANSFER = "transfer", _("transfer")  # green points given inside a family
    COMPENSATION = "compensation", _("compensation")  # points to make good a wrong, once per cause
    ADJUSTMENT = "adjustment", _("adjustment")  # a correction proposed by one person and approved by another
    OPENING = "opening", _("opening balance")  # points brought from an older programme
    REFUND = "refund", _("refund")  # spent points go back to the lots they came from
    MERGE = "merge", _("merge of accounts")  # all that a duplicate member has goes to the member who survives


class AccountKind(models.TextChoices):
    """Kinds of ledger account 科目; an account is (kind, holder, purse)."""

    ISSUANCE = "issuance", _("issuance")  # held by the issuing merchant; its debit balance is what it has issued
    MEMBER = "member", _("member")  # held by the member
    HELD = "held", _("held")  # held for the member while a spend is uncertain
    REDEEMED = "redeemed", _("redeemed")  # held by the merchant where points were spent
    EXPIRED = "expired", _("expired")  # held by the issuing merchant
    TRANSIT = "transit", _("transit")  # between two members who live on different nodes
    RESERVE = "reserve", _("customer reserve")  # 备付金: money's own class, which no point may touch (SPEC R53)


class LotKind(models.TextChoices):
    """Why a lot was granted; it decides whether it may expire (SPEC D1)."""

    SPEND = "spend", _("earned by spending")
    BONUS = "bonus", _("bonus")
    GREEN = "green", _("green")
    GIFT = "gift", _("gift from family")
    COMPENSATION = "compensation", _("compensation")
    OPENING = "opening", _("opening balance")
    MILES = "miles", _("airline miles")  # earned by spending, yet with a disclosed end (SPEC R48)


@dataclass(frozen=True, slots=True)
class Movement:
    """The change of one wallet by an act. `owed` is the change of the points owed to the merchant."""

    member_id: int
    purse: Purse
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
