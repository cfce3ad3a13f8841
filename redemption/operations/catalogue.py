"""The life of a reward in the catalogue: drafted, published once nothing objects, delisted, published again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from hongmi.lib.shanghai import SHANGHAI
from merchants.models import MerchantStatus
from redemption import disclosures
from redemption.disclosures import Objection
from redemption.models import FaceValueBasis, PriceKind, Reward, RewardPrice, RewardStatus, Slot
from redemption.pricing import FACE_VALUE_HOLDS

# Fields that a merchant may change after publication. The identity (merchant, SKU, kind) stays.
REVISABLE = frozenset(
    {
        "goods_category",
        "title",
        "title_en",
        "description",
        "purse",
        "terms",
        "details",
        "per_person_limit",
        "limit_window",
        "opens_at",
        "closes_at",
        "redemption_day",
    }
)


class RewardNotFound(DomainError):
    code = "reward_not_found"
    sentence = _("There is no such reward.")


class NotPublishable(DomainError):
    """`objections` hold each reason, and the difference to the same thing bought for cash."""

    code = "not_publishable"
    sentence = _("Something still stands against publishing it.")

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__({"reasons": [one.code for one in objections]})
        self.objections = tuple(objections)


def create(*, merchant_id: int, kind: str, sku: str, title: str, **values: Any) -> Reward:
    """Draft a reward; `values` are fields of Reward. It has no price and is not on sale yet."""
    return Reward.objects.create(
        merchant_id=merchant_id, kind=kind, sku=sku, title=title, status=RewardStatus.DRAFT, **values
    )


@transaction.atomic
def revise(*, reward_id: int, moment: datetime, **values: Any) -> Reward:
    """Change the description of a reward. A published one is judged again, or hours could shrink afterwards.

    Raises NotPublishable, and ValueError for a field that is not revised (stock has `set_stock`).
    """
    if unknown := set(values) - REVISABLE:
        raise ValueError(f"not revised: {sorted(unknown)}")
    reward = _locked(reward_id)
    if reward.published_at is not None and values.get("purse", reward.purse) != reward.purse:
        raise ValueError("a published reward keeps its purse")
    for name, value in values.items():
        setattr(reward, name, value)
    if reward.status == RewardStatus.PUBLISHED:
        _require_publishable(reward, moment)
    reward.save(update_fields=list(values))
    return reward


@transaction.atomic
def publish(*, reward_id: int, moment: datetime) -> Reward:
    """Put a draft on sale, or a delisted reward again. Raises NotPublishable with every reason at once."""
    reward = _locked(reward_id)
    if reward.status == RewardStatus.PUBLISHED:
        return reward
    _require_publishable(reward, moment)
    reward.status = RewardStatus.PUBLISHED
    # Only the first time: promises about prices count from the first publication.
    reward.published_at = reward.published_at or moment
    reward.save(update_fields=["status", "published_at"])
    return reward


@transaction.atomic
def delist(*, reward_id: int) -> Reward:
    """Take a reward out of the catalogue. Its prices stay, so that publishing it again hides no rise (SPEC R37)."""
    reward = _locked(reward_id)
    if reward.status == RewardStatus.PUBLISHED:
        reward.status = RewardStatus.DELISTED
        reward.save(update_fields=["status"])
    return reward


@transaction.atomic
def set_stock(*, reward_id: int, stock: int | None) -> Reward:
    """Set how many pieces are left; None: unlimited."""
    reward = _locked(reward_id)
    reward.stock = stock
    reward.save(update_fields=["stock"])
    return reward


def add_slot(
    *, reward_id: int, starts_at: datetime, ends_at: datetime, places: int, store_id: int | None = None
) -> Slot:
    """Add an appointment of a service with all its places free (SPEC R31)."""
    return Slot.objects.create(
        reward_id=reward_id,
        starts_at=starts_at,
        ends_at=ends_at,
        places=places,
        places_left=places,
        store_id=store_id,
    )


def objections(*, reward: Reward, moment: datetime) -> list[Objection]:
    """Everything that forbids publishing: missing disclosures, the merchant's status, no price, or stale evidence."""
    facts = disclosures.RewardFacts(
        kind=reward.kind,
        merchant_category=reward.merchant.category,
        goods_category=reward.goods_category,
        title=f"{reward.title} {reward.title_en}",
        description=reward.description,
        terms=reward.terms,
        details=reward.details,
        has_slots=reward.slots.exists(),
    )
    found = disclosures.objections(facts)
    if reward.merchant.status != MerchantStatus.LIVE:
        found.append(Objection("merchant", "merchant_not_live", "商户尚未上线。", "The merchant is not live."))
    prices = [
        price
        for price in RewardPrice.objects.filter(reward=reward, kind=PriceKind.BASE)
        if price.during.upper is None or price.during.upper > moment
    ]
    if not prices:
        found.append(Objection("prices", "no_price", "请先公布积分价格。", "Announce a price first."))
    found.extend(_stale_face_value(price) for price in prices if is_stale(price, moment=moment))
    return found


def is_stale(price: RewardPrice, *, moment: datetime) -> bool:
    """Whether the face value of a price was last charged more than 30 days before `moment` (SPEC R37)."""
    today = moment.astimezone(SHANGHAI).date()
    return price.face_value_basis == FaceValueBasis.CHARGED and price.face_value_on < today - FACE_VALUE_HOLDS


def _stale_face_value(price: RewardPrice) -> Objection:
    zh = f"市场价须为近30日内真实成交价,现有凭证日期为{price.face_value_on}。"
    en = f"The face value must have been charged in the last 30 days; the evidence is of {price.face_value_on}."
    return Objection("face_value_on", "stale_face_value", zh, en)


def _require_publishable(reward: Reward, moment: datetime) -> None:
    if found := objections(reward=reward, moment=moment):
        raise NotPublishable(found)


def _locked(reward_id: int) -> Reward:
    reward = Reward.objects.select_for_update(of=("self",)).select_related("merchant").filter(pk=reward_id).first()
    if reward is None:
        raise RewardNotFound({"reward": reward_id})
    return reward
