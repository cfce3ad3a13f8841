"""Prices of rewards. A cheaper price holds at once; a dearer one waits for its notice to members (SPEC R35, R37, R40).

The database decides whether a price is dearer, keeps the guarantee, or overlaps another.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from notifications import outbox
from redemption.models import FaceValueBasis, PriceKind, PriceRise, Reward, RewardPrice
from redemption.operations import price_refusals
from redemption.operations.catalogue import RewardNotFound
from redemption.operations.price_refusals import NoEvidence, PriceRefused


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """The price of a piece, and the face value behind it with its evidence and day."""

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
    """Announce a base price from `starts_at` (now by default).

    A dearer one becomes a PriceRise: it holds `notice_days` (default PRICE_NOTICE_DAYS) after all members are notified.
    Raises PriceRefused or RewardNotFound.
    """
    starts_at = max(starts_at or moment, moment)
    _require_evidence(terms)
    with price_refusals.named(points=terms.points, cash_fen=terms.cash_fen), transaction.atomic():
        _lock(reward_id)
        if _is_dearer(reward_id, terms, starts_at):
            rise = PriceRise.objects.create(
                reward_id=reward_id,
                **_fields(terms),
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
            **_fields(terms),
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
    """Announce a cheaper price in [`starts_at`, `ends_at`) with its occasion (SPEC R22). Raises PriceRefused."""
    _require_evidence(terms)
    with price_refusals.named(points=terms.points, cash_fen=terms.cash_fen), transaction.atomic():
        _lock(reward_id)
        return RewardPrice.objects.create(
            reward_id=reward_id,
            kind=PriceKind.WINDOW,
            **_fields(terms),
            during=(starts_at, ends_at),
            occasion=occasion,
            announced_at=moment,
            created_by_id=actor_id,
        )


def enforce_rise(*, rise_id: int, moment: datetime) -> PriceRise:
    """Turn a rise whose notice reached every affected member by `moment` into a price that follows the old one.

    A rise that was withdrawn, or is a price already, stays unchanged.
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
        with price_refusals.named(points=terms.points, cash_fen=terms.cash_fen):
            rise.price = RewardPrice.objects.create(
                reward_id=rise.reward_id,
                kind=PriceKind.BASE,
                **_fields(terms),
                during=(starts_at, None),
                announced_at=rise.announced_at,
                notice_days=rise.notice_days,
                created_by_id=rise.created_by_id,
            )
        rise.save(update_fields=["price"])
        return rise


def withdraw_rise(*, rise_id: int, moment: datetime) -> None:
    """Withdraw a rise that is not a price yet."""
    PriceRise.objects.filter(pk=rise_id, price=None, withdrawn_at=None).update(withdrawn_at=moment)


def end(*, price_id: int, ends_at: datetime) -> None:
    """End a price now or later. Raises PriceRefused."""
    try:
        with transaction.atomic():
            price = RewardPrice.objects.select_for_update().get(pk=price_id)
            price.during = (price.during.lower, ends_at)
            price.save(update_fields=["during"])
    except DatabaseError as error:
        raise PriceRefused({"why": price_refusals.name_of(error)}) from error


def _fields(terms: PriceTerms) -> dict[str, object]:
    return asdict(terms) | {"with_cash": terms.with_cash}


def _lock(reward_id: int) -> None:
    if Reward.objects.select_for_update().filter(pk=reward_id).first() is None:
        raise RewardNotFound({"reward": reward_id})


def _is_dearer(reward_id: int, terms: PriceTerms, starts_at: datetime) -> bool:
    """Whether the base price would be above the one before it, as the database judges it when the row is written."""
    row = {
        "reward_id": reward_id,
        "kind": PriceKind.BASE,
        "with_cash": terms.with_cash,
        "points": terms.points,
        "cash_fen": terms.cash_fen,
        "during": f"[{starts_at.isoformat()},)",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_dearer"
            " FROM redemption_judge_price(jsonb_populate_record(NULL::redemption_rewardprice, %s::jsonb))",
            [json.dumps(row)],
        )
        (is_dearer,) = cursor.fetchone()
    return bool(is_dearer)


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
