"""The catalogue in JSON. Fields that a reward does not have are omitted."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from points.types import Purse
from redemption import queries, return_rights
from redemption.models import Reward, RewardKind


class RewardsQuery(fields.QuerySerializer):
    """Filters of the catalogue."""

    merchant = fields.StrictCharField(max_length=32, required=False, help_text=_("The merchant's code."))
    kind = fields.StrictChoiceField(choices=RewardKind.choices, required=False)
    purse = fields.NameField(Purse, required=False, help_text=_("The points to pay with: base or green."))
    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # `paging` reads cursor and limit.
        filters = {"merchant_code": attrs.get("merchant"), "kind": attrs.get("kind"), "purse": attrs.get("purse")}
        return {name: value for name, value in filters.items() if value is not None}


class WindowAnswer(serializers.Serializer[Any]):
    """The window of a promotion, [`starts_at`, `ends_at`), and its occasion."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    occasion = serializers.CharField()


class WithCashAnswer(serializers.Serializer[Any]):
    """The alternative of fewer points with some cash."""

    points_price = serializers.IntegerField()
    cash_price_fen = serializers.IntegerField()


class ReturnRightsAnswer(serializers.Serializer[Any]):
    """The right to return goods, as for cash."""

    days = serializers.IntegerField(
        help_text=_(
            "Days for returning without a reason, from the day after receipt; 0: excepted by law, unless faulty."
        )
    )
    terms = serializers.CharField()


class RewardAnswer(serializers.Serializer[Any]):
    """A reward and today's price for everybody; a member may pay less by an offer or with older points."""

    id = fields.DecimalIdField(source="reward.pk")
    merchant = serializers.CharField(source="reward.merchant.code")
    kind = serializers.ChoiceField(RewardKind.choices, source="reward.kind")
    title = serializers.CharField(source="reward.title")
    purse = fields.NameField(Purse, source="reward.purse", help_text=_("The points that buy it; cash is separate."))
    face_value_fen = serializers.IntegerField(source="quote.face_value_fen")
    points_price = serializers.IntegerField(source="quote.points")
    cash_price_fen = serializers.IntegerField(
        source="quote.cash_fen",
        required=False,
        help_text=_("Cash beside the points, where points alone do not buy it."),
    )
    original_points_price = serializers.IntegerField(
        source="quote.was_points",
        required=False,
        help_text=_("The price really paid before the promotion."),
    )
    window = WindowAnswer(required=False)
    with_cash = WithCashAnswer(required=False)
    stock = serializers.IntegerField(source="reward.stock", allow_null=True, help_text=_("null: unlimited"))
    per_person_limit = serializers.IntegerField(source="reward.per_person_limit", required=False)
    closed = serializers.CharField(required=False, help_text=_("Why it cannot be redeemed at this moment."))
    terms = serializers.CharField(source="reward.terms")
    returns = ReturnRightsAnswer(required=False)

    def to_representation(self, instance: queries.RewardView) -> dict[str, Any]:
        reward, quote, beside = instance.reward, instance.quote, instance.with_cash
        answer: dict[str, Any] = {
            "id": str(reward.pk),
            "merchant": reward.merchant.code,
            "kind": reward.kind,
            "title": reward.title,
            "purse": reward.purse,
            "face_value_fen": quote.face_value_fen,
            "points_price": quote.points,
            "cash_price_fen": quote.cash_fen or None,
            "original_points_price": quote.was_points,
            "window": _window(quote.window, quote.occasion),
            "with_cash": beside and {"points_price": beside.points, "cash_price_fen": beside.cash_fen},
            "per_person_limit": reward.per_person_limit,
            "closed": instance.closed,
            "returns": _return_rights(reward),
        }
        present = {name: value for name, value in answer.items() if value is not None}
        return present | {"stock": reward.stock, "terms": reward.terms}


class PriceAnswer(serializers.Serializer[Any]):
    """One price a reward had, has or will have: [`starts_at`, `ends_at`), null: open."""

    points_price = serializers.IntegerField(source="points")
    cash_price_fen = serializers.IntegerField(source="cash_fen")
    face_value_fen = serializers.IntegerField()
    face_value_basis = serializers.CharField()
    face_value_on = serializers.DateField()
    kind = serializers.CharField()
    occasion = serializers.CharField()
    is_dearer = serializers.BooleanField()
    announced_at = serializers.DateTimeField()
    noticed_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField(source="during.lower")
    ends_at = serializers.DateTimeField(source="during.upper", allow_null=True)


def _return_rights(reward: Reward) -> dict[str, Any] | None:
    if reward.kind not in return_rights.THINGS:
        return None
    days = return_rights.days_without_reason(kind=reward.kind, details=reward.details)
    return {"days": days, "terms": (reward.details.get("returns") or {}).get("terms", "")}


def _window(window: Any, occasion: str) -> dict[str, Any] | None:
    return WindowAnswer({"starts_at": window[0], "ends_at": window[1], "occasion": occasion}).data if window else None
