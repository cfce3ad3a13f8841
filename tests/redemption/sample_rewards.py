"""Rewards for tests: the Stationer's notebooks."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from merchants.models import Merchant
from redemption.models import FaceValueBasis, Reward, RewardPrice
from redemption.operations import catalogue

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
OPENING = datetime(2026, 1, 1, tzinfo=UTC)
RETURNS = {"days": 7, "cash_days": 7, "terms": "商品完好,寄回文具路1号,运费由会员承担。"}
_numbers = itertools.count(1)


def draft(shop: Merchant, **fields: Any) -> Reward:
    """A draft of notebooks with all disclosures; `details` are added to the right to return."""
    values = {
        "kind": "goods",
        "sku": f"NOTEBOOKS-{next(_numbers)}",
        "goods_category": "stationery/notebooks",
        "title": "笔记本套装",
        "terms": "到店自提。",
    } | fields
    if values["kind"] == "goods":
        values["details"] = {"returns": RETURNS} | values.get("details", {})
    return catalogue.create(merchant_id=shop.pk, **values)


def row(reward: Reward, points: int = 500, **fields: Any) -> RewardPrice:
    """A price row written without the operations; attested, so that any day is valid."""
    starts_at, ends_at = fields.pop("starts_at", OPENING), fields.pop("ends_at", None)
    values = {
        "face_value_fen": 5 * points + fields.get("cash_fen", 0),
        "face_value_basis": FaceValueBasis.ATTESTED,
        "face_value_evidence": "店长签字",
        "face_value_on": date(2025, 12, 1),
        "announced_at": starts_at,
        "during": (starts_at, ends_at),
    } | fields
    return RewardPrice.objects.create(reward=reward, points=points, **values)


def on_sale(shop: Merchant, points: int = 500, *, price: dict[str, Any] | None = None, **fields: Any) -> Reward:
    """A published reward with one price since the opening."""
    reward = draft(shop, **fields)
    row(reward, points, **(price or {}))
    return catalogue.publish(reward_id=reward.pk, moment=OPENING)
