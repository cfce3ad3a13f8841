"""What rewards cost from when on. Cheaper holds at once; dearer waits until everyone was told (SPEC R35, R37, R40).

The database judges: which price is dearer, whether the guarantee is kept, what overlaps. Here its refusals get names.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Final

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from hongmi.lib.shanghai import SHANGHAI
from notifications import outbox
from redemption import calculator, pricing
from redemption.models import (
    FaceValueBasis,
    Offer,
    PriceKind,
    PriceRise,
    Reward,
    RewardPrice,
    RewardStatus,
    ValueIndex,
)
from redemption.operations import catalogue
from redemption.operations.catalogue import RewardNotFound

FEN_STEPS: Final = Decimal("0.0001")


class PriceRefused(DomainError):
    """The database refused the price; `why` is the sentence it refused with."""

    code = "price_refused"
    sentence = _("The price was refused, because it would break what was promised before.")


class BelowGuarantee(PriceRefused):
    """A point would buy less than 5 fen: `least_face_value_fen` would be needed."""

    code = "below_guarantee"
    sentence = _("A point buys at least 5 fen: this price needs a face value of ¥%(least_face_value_yuan)s.")


class PricesOverlap(PriceRefused):
    """Another price of the same kind holds in part of that time."""

    code = "prices_overlap"
    sentence = _("Another price of this kind holds in part of that time.")


class PromotionNotCheaper(PriceRefused):
    """A promotion undercuts the price that holds when it begins."""

    code = "promotion_not_cheaper"
    sentence = _("A promotion is cheaper than the price beside it.")


class NoEvidence(PriceRefused):
    """A face value was charged within the last 30 days, or is attested by somebody."""

    code = "no_evidence"
    sentence = _("The face value must have been charged in the last 30 days, or be attested.")


class RiseAlreadyAnnounced(PriceRefused):
    """Members are being told of another rise of this price; withdraw it first."""

    code = "rise_already_announced"
    sentence = _("Another rise of this price is announced; withdraw it first.")


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What a piece costs, and the cash price it is measured by: charged on a day, or attested by whom on a day."""

    points: int
    face_value_fen: int
    face_value_on: date
    face_value_evidence: str
    face_value_basis: FaceValueBasis = FaceValueBasis.CHARGED
    cash_fen: int = 0

    @property
    def with_cash(self) -> bool:
        return self.cash_fen > 0


def announce(
    *,
    reward_id: int,
    terms: PriceTerms,
    moment: datetime,
    starts_at: datetime | None = None,
    notice_days: int | None = None,
    actor_id: int | None = None,
) -> RewardPrice | PriceRise:
    """A new base price, from `starts_at` (now) on. One that is dearer becomes a PriceRise instead: members are told of
    it first, and it holds `notice_days` (PRICE_NOTICE_DAYS) after the last of them was.
    """
    starts_at = max(starts_at or moment, moment)
    _require_evidence(terms)
    with _named_refusals(terms.points, terms.cash_fen), transaction.atomic():
        _lock(reward_id)
        if pricing.is_dearer(points=terms.points, cash_fen=terms.cash_fen, before=_last(reward_id, terms, starts_at)):
            rise = PriceRise.objects.create(
                reward_id=reward_id,
                **_told(terms),
                wanted_from=starts_at,
                announced_at=moment,
                notice_days=settings.PRICE_NOTICE_DAYS if notice_days is None else notice_days,
                created_by_id=actor_id,
            )
            outbox.publish(topic="rewards.price_rises", payload={"rise": rise.pk})
            return rise
        _end_current(reward_id, terms.with_cash, starts_at)
        return RewardPrice.objects.create(
            reward_id=reward_id,
            kind=PriceKind.BASE,
            **_told(terms),
            during=(starts_at, None),
            announced_at=moment,
            created_by_id=actor_id,
        )


def start_promotion(
    *,
    reward_id: int,
    terms: PriceTerms,
    starts_at: datetime,
    ends_at: datetime,
    occasion: str,
    moment: datetime,
    actor_id: int | None = None,
) -> RewardPrice:
    """A cheaper price in [`starts_at`, `ends_at`), with its occasion shown (SPEC R22)."""
    _require_evidence(terms)
    with _named_refusals(terms.points, terms.cash_fen), transaction.atomic():
        _lock(reward_id)
        return RewardPrice.objects.create(
            reward_id=reward_id,
            kind=PriceKind.WINDOW,
            **_told(terms),
            during=(starts_at, ends_at),
            occasion=occasion,
            announced_at=moment,
            created_by_id=actor_id,
        )


def enforce_rise(*, rise_id: int, moment: datetime) -> PriceRise:
    """Everyone affected was told by `moment`: the old price gets its end, and the new one follows it.

    A rise that was withdrawn, or is a price already, stays what it is.
    """
    with transaction.atomic():
        rise = PriceRise.objects.select_for_update().get(pk=rise_id)
        if rise.price_id is not None or rise.withdrawn_at is not None:
            return rise
        rise.noticed_at = moment
        rise.save(update_fields=["noticed_at"])
        starts_at = rise.holds_from(noticed_at=moment)
        terms = PriceTerms(
            points=rise.points,
            cash_fen=rise.cash_fen,
            face_value_fen=rise.face_value_fen,
            face_value_on=rise.face_value_on,
            face_value_evidence=rise.face_value_evidence,
            face_value_basis=FaceValueBasis(rise.face_value_basis),
        )
        _end_current(rise.reward_id, rise.with_cash, starts_at)
        with _named_refusals(terms.points, terms.cash_fen):
            rise.price = RewardPrice.objects.create(
                reward_id=rise.reward_id,
                kind=PriceKind.BASE,
                **_told(terms),
                during=(starts_at, None),
                announced_at=rise.announced_at,
                notice_days=rise.notice_days,
                created_by_id=rise.created_by_id,
            )
        rise.save(update_fields=["price"])
        return rise


def withdraw_rise(*, rise_id: int, moment: datetime) -> None:
    """Give up a rise that is not a price yet."""
    PriceRise.objects.filter(pk=rise_id, price=None, withdrawn_at=None).update(withdrawn_at=moment)


def end(*, price_id: int, ends_at: datetime) -> None:
    """End a price at a moment that is still to come, or now. Raises PriceRefused."""
    try:
        with transaction.atomic():
            price = RewardPrice.objects.select_for_update().get(pk=price_id)
            price.during = (price.during.lower, ends_at)
            price.save(update_fields=["during"])
    except DatabaseError as error:
        raise PriceRefused({"why": _sentence(error)}) from error


def make_offer(
    *,
    member_id: int,
    reward_id: int,
    points: int,
    cash_fen: int,
    face_value_fen: int,
    opens_at: datetime,
    closes_at: datetime,
    criterion: str,
) -> Offer:
    """A price for one member; `criterion` tells them why they were chosen."""
    with _named_refusals(points, cash_fen), transaction.atomic():
        return Offer.objects.create(
            member_id=member_id,
            reward_id=reward_id,
            points=points,
            cash_fen=cash_fen,
            face_value_fen=face_value_fen,
            opens_at=opens_at,
            closes_at=closes_at,
            criterion=criterion,
        )


def publish_value_index(*, moment: datetime) -> ValueIndex:
    """What a point buys today over all prices in force, and which rewards' evidence has grown old (SPEC R37).

    A day that was published stays as it was.
    """
    in_force = RewardPrice.objects.filter(
        reward__status=RewardStatus.PUBLISHED, during__contains=moment
    ).select_related("reward")
    values = [
        calculator.fen_per_point(face_value_fen=one.face_value_fen, points=one.points, cash_fen=one.cash_fen)
        for one in in_force
    ]
    stale = sorted({one.reward_id for one in in_force if catalogue.is_stale(one, moment=moment)})
    index, _is_new = ValueIndex.objects.get_or_create(
        day=moment.astimezone(SHANGHAI).date(),
        defaults={
            "prices": len(values),
            "lowest_fen_per_point": _decimal(min(values)) if values else None,
            "median_fen_per_point": _decimal(median(values)) if values else None,
            "stale_rewards": stale,
            "computed_at": moment,
        },
    )
    return index


def _told(terms: PriceTerms) -> dict[str, object]:
    return asdict(terms) | {"with_cash": terms.with_cash}


def _lock(reward_id: int) -> None:
    if Reward.objects.select_for_update().filter(pk=reward_id).first() is None:
        raise RewardNotFound({"reward": reward_id})


def _last(reward_id: int, terms: PriceTerms, starts_at: datetime) -> pricing.Price | None:
    row = (
        RewardPrice.objects.filter(
            reward_id=reward_id, kind=PriceKind.BASE, with_cash=terms.with_cash, during__startswith__lte=starts_at
        )
        .order_by("-during__startswith")
        .first()
    )
    return row.as_price() if row else None


def _end_current(reward_id: int, with_cash: bool, ends_at: datetime) -> None:
    open_ = RewardPrice.objects.filter(
        Q(during__endswith__isnull=True) | Q(during__endswith__gt=ends_at),
        reward_id=reward_id,
        kind=PriceKind.BASE,
        with_cash=with_cash,
        during__startswith__lt=ends_at,
    )
    for price in open_:
        price.during = (price.during.lower, ends_at)
        price.save(update_fields=["during"])


def _require_evidence(terms: PriceTerms) -> None:
    if not terms.face_value_evidence.strip():
        raise NoEvidence({"why": "a_face_value_has_its_evidence"})


@contextmanager
def _named_refusals(points: int, cash_fen: int) -> Iterator[None]:
    """The database's refusals by name."""
    try:
        yield
    except DatabaseError as error:
        why = _sentence(error)
        least = pricing.least_face_value_fen(points=points, cash_fen=cash_fen)
        raise _REFUSALS.get(why, PriceRefused)({"why": why, "least_face_value_fen": least}) from error


_REFUSALS: Final[dict[str, type[PriceRefused]]] = {
    "a_point_buys_at_least_its_guaranteed_value": BelowGuarantee,
    "a_rise_keeps_the_guaranteed_value": BelowGuarantee,
    "an_offer_keeps_the_guaranteed_value": BelowGuarantee,
    "prices_of_one_kind_do_not_overlap": PricesOverlap,
    "prices_with_cash_do_not_overlap": PricesOverlap,
    "promotions_do_not_overlap": PricesOverlap,
    "promotions_with_cash_do_not_overlap": PricesOverlap,
    "a_face_value_has_its_evidence": NoEvidence,
    "one_rise_of_a_price_is_announced_at_a_time": RiseAlreadyAnnounced,
    "HM203": PromotionNotCheaper,
    "HM204": NoEvidence,
}


def _sentence(error: DatabaseError) -> str:
    """The constraint's name or the guard's SQLSTATE; what is neither is no refusal and goes on."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    state = str(getattr(cause, "sqlstate", None) or "")
    if not name and not state.startswith("HM"):
        raise error
    return str(name or state)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(FEN_STEPS)
