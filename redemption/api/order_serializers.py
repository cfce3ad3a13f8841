"""Orders in JSON: request bodies first, answers after them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from hongmi.lib.paths import REFERENCE_MAX_LENGTH
from points.types import Purse
from redemption import voucher_codes
from redemption.api.return_serializers import OrderReturnAnswer
from redemption.models import OrderStatus, PaymentStatus, VoucherStatus
from redemption.operations import vouchers
from redemption.operations.orders import OrderRequest

MAX_QUANTITY = 100


class AddressSerializer(fields.StrictSerializer):
    """The delivery address; stored encrypted under the member's own key."""

    name = fields.StrictCharField(max_length=50)
    phone = fields.StrictCharField(max_length=20)
    text = fields.StrictCharField(max_length=200)


class OptionsSerializer(fields.StrictSerializer):
    """Options that some rewards need."""

    with_cash = fields.StrictBooleanField(
        required=False, help_text=_("Points and cash. Omitted: points alone, where the reward is sold so.")
    )
    slot_id = fields.DecimalIdField(required=False, help_text=_("The appointment of a service."))
    address = AddressSerializer(required=False, help_text=_("Without an address goods are picked up with a voucher."))
    logo = fields.StrictUUIDField(
        required=False, help_text=_("The logo on customised pieces: the `id` that POST /logos answered.")
    )
    note = fields.StrictCharField(max_length=200, required=False)


class OrderSerializer(fields.StrictSerializer):
    """A reward for a member, and the member's spend authorisation."""

    member_id = fields.StrictUUIDField()
    reward_id = fields.DecimalIdField()
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    authorisation = fields.StrictUUIDField(help_text=_("The member's spend authorisation for this order."))
    options = OptionsSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        options = dict(attrs.get("options", {}))
        request = OrderRequest(
            reward_id=attrs["reward_id"],
            quantity=attrs["quantity"],
            with_cash=options.pop("with_cash", None),
            slot_id=options.pop("slot_id", None),
            logo=options.pop("logo", None),
            address=options.pop("address", None),
            details=options,
        )
        arguments = {name: attrs[name] for name in ("reference", "authorisation")}
        return arguments | {"member": attrs["member_id"], "request": request}


class CancelSerializer(fields.StrictSerializer):
    """The reason for a cancellation."""

    reason = fields.StrictCharField(max_length=200)


class PaymentAnswer(serializers.Serializer[Any]):
    """The cash part, paid to the merchant's own account at the provider."""

    provider = serializers.CharField()
    number = serializers.CharField()
    amount_fen = serializers.IntegerField()
    refunded_fen = serializers.IntegerField()
    status = serializers.ChoiceField(PaymentStatus.choices)
    pay_url = serializers.CharField(help_text=_("Where the member pays; empty while the provider does not answer."))


class OrderVoucherAnswer(serializers.Serializer[Any]):
    """A voucher of an order; its `code` is only in the answer to the order."""

    id = fields.DecimalIdField(source="pk")
    status = serializers.ChoiceField(VoucherStatus.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        answer = {"id": str(instance.pk), "status": instance.status, "expires_at": instance.expires_at}
        if self.context.get("with_codes"):
            answer["code"] = voucher_codes.grouped(vouchers.code_of(instance))
        return answer


class OrderAnswer(serializers.Serializer[Any]):
    """An order with its payment and vouchers."""

    id = fields.DecimalIdField(source="pk")
    member_id = serializers.UUIDField(source="member.public_id")
    reward_id = fields.DecimalIdField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    quantity = serializers.IntegerField()
    purse = fields.NameField(Purse)
    points = serializers.IntegerField()
    cash_fen = serializers.IntegerField()
    face_value_fen = serializers.IntegerField()
    refunded_points = serializers.IntegerField()
    refunded_cash_fen = serializers.IntegerField()
    slot_id = fields.DecimalIdField(allow_null=True)
    logo_id = serializers.UUIDField(source="logo.public_id", allow_null=True, default=None)
    placed_at = serializers.DateTimeField()
    pay_before = serializers.DateTimeField(allow_null=True)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    payments = PaymentAnswer(many=True)
    vouchers = OrderVoucherAnswer(many=True)
    returns = OrderReturnAnswer(many=True)
