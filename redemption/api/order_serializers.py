"""Orders, offsets and vouchers in JSON. Asked above, answered below; a voucher's code stays in bodies."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from hongmi.lib.paths import REFERENCE_MAX_LENGTH
from points.types import Purse
from redemption import voucher_codes
from redemption.models import Coupon, OrderStatus, PaymentStatus, ReturnGround, ReturnStatus, VoucherStatus
from redemption.operations import vouchers
from redemption.operations.orders import OrderRequest

MAX_AMOUNT_FEN = 10_000_000_000
# A bill fits the column beside its offset.
MAX_BILL_FEN = 2_000_000_000
MAX_QUANTITY = 100


class AddressSerializer(fields.StrictSerializer):
    """Where goods are sent; kept sealed under the member's own key."""

    name = fields.StrictCharField(max_length=50)
    phone = fields.StrictCharField(max_length=20)
    text = fields.StrictCharField(max_length=200)


class OptionsSerializer(fields.StrictSerializer):
    """What a reward may need to be told."""

    with_cash = fields.StrictBooleanField(
        required=False, help_text=_("Points and cash; left out: points alone, where that is offered.")
    )
    slot_id = fields.DecimalIdField(required=False, help_text=_("The date and time of a service."))
    address = AddressSerializer(required=False, help_text=_("Without it things are picked up with a voucher."))
    logo = fields.StrictUUIDField(
        required=False, help_text=_("What customised pieces bear: the `id` that POST /logos answered.")
    )
    note = fields.StrictCharField(max_length=200, required=False)


class OrderSerializer(fields.StrictSerializer):
    """A reward for a member, and the member's leave."""

    member_id = fields.StrictUUIDField()
    reward_id = fields.DecimalIdField()
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    authorisation = fields.StrictUUIDField(help_text=_("The member's leave for an order of so many points."))
    options = OptionsSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        options = dict(attrs.get("options", {}))
        wish = OrderRequest(
            reward_id=attrs["reward_id"],
            quantity=attrs["quantity"],
            with_cash=options.pop("with_cash", None),
            slot_id=options.pop("slot_id", None),
            logo=options.pop("logo", None),
            address=options.pop("address", None),
            details=options,
        )
        told = {name: attrs[name] for name in ("reference", "authorisation")}
        return told | {"member": attrs["member_id"], "wish": wish}


class CancelSerializer(fields.StrictSerializer):
    """Why."""

    reason = fields.StrictCharField(max_length=200)


class OrderReturnSerializer(fields.StrictSerializer):
    """Which pieces go back, and on what ground; `reason` is needed where something is wrong with the goods."""

    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    ground = fields.StrictChoiceField(ReturnGround.choices)
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY, required=False, default=1)
    reason = fields.StrictCharField(max_length=200, required=False)


class ParcelSerializer(fields.StrictSerializer):
    """With whom the goods travel back."""

    carrier = fields.StrictCharField(max_length=50)
    tracking_number = fields.StrictCharField(max_length=64)


class OffsetSerializer(fields.StrictSerializer):
    """A bill, and the points that pay part of it."""

    member_id = fields.StrictUUIDField()
    bill_fen = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)
    points = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)
    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    authorisation = fields.StrictUUIDField(help_text=_("The member's leave for an offset of so many points."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        told = {name: attrs[name] for name in ("bill_fen", "reference", "authorisation")}
        return told | {"member": attrs["member_id"], "points_spent": attrs["points"]}


class OffsetRefundSerializer(fields.StrictSerializer):
    """How much of the bill comes back."""

    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    amount_fen = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)


class VoucherQuerySerializer(fields.StrictSerializer):
    """A code as it was scanned or typed; with a bill the answer says what is left of it to pay."""

    code = fields.StrictCharField(max_length=64)
    bill_fen = fields.StrictIntegerField(min_value=0, max_value=MAX_AMOUNT_FEN, required=False)


class VoucherAcceptSerializer(VoucherQuerySerializer):
    """The same, and where."""

    store_id = fields.DecimalIdField()


class PaymentAnswer(serializers.Serializer[Any]):
    """The cash part, paid to the merchant's own account at the provider."""

    provider = serializers.CharField()
    number = serializers.CharField()
    amount_fen = serializers.IntegerField()
    refunded_fen = serializers.IntegerField()
    status = serializers.ChoiceField(PaymentStatus.choices)
    pay_url = serializers.CharField(help_text=_("What the member pays at; empty while the provider does not answer."))


class OrderVoucherAnswer(serializers.Serializer[Any]):
    """A voucher of an order; its `code` is told only to who places the order."""

    id = fields.DecimalIdField(source="pk")
    status = serializers.ChoiceField(VoucherStatus.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        told = {"id": str(instance.pk), "status": instance.status, "expires_at": instance.expires_at}
        if self.context.get("with_codes"):
            told["code"] = voucher_codes.grouped(vouchers.code_of(instance))
        return told


class OrderReturnAnswer(serializers.Serializer[Any]):
    """Goods that go back; `refusal` says why the shop did not take them."""

    id = fields.DecimalIdField(source="pk")
    order_id = fields.DecimalIdField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(ReturnStatus.choices)
    ground = serializers.ChoiceField(ReturnGround.choices)
    quantity = serializers.IntegerField()
    asked_at = serializers.DateTimeField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    refusal = serializers.CharField()


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


class OffsetAnswer(serializers.Serializer[Any]):
    """What the points paid, and what is left: book the purchase with `to_pay_fen`, because the rest earns nothing."""

    id = fields.DecimalIdField(source="offset.pk")
    act_id = fields.DecimalIdField(source="offset.act_id")
    member_id = serializers.UUIDField(source="member")
    reference = serializers.CharField(source="offset.reference")
    bill_fen = serializers.IntegerField(source="offset.bill_fen")
    points = serializers.IntegerField(source="offset.points")
    offset_fen = serializers.IntegerField(source="offset.offset_fen")
    to_pay_fen = serializers.IntegerField()


class OffsetRefundAnswer(serializers.Serializer[Any]):
    """What came back in points, and what the till gives back in money."""

    id = fields.DecimalIdField(source="refund.pk")
    reference = serializers.CharField(source="refund.reference")
    amount_fen = serializers.IntegerField(source="refund.amount_fen")
    points = serializers.IntegerField(source="refund.points")
    money_fen = serializers.IntegerField(source="refund.money_fen")


class CouponAnswer(serializers.Serializer[Coupon]):
    """What the voucher takes off a bill."""

    off_fen = serializers.IntegerField(allow_null=True)
    off_percent = serializers.IntegerField(allow_null=True)
    minimum_fen = serializers.IntegerField()


class VoucherAnswer(serializers.Serializer[Any]):
    """A voucher at the counter. `refused` says why it would not be accepted now; null: it would be."""

    id = fields.DecimalIdField(source="voucher.pk")
    order_id = fields.DecimalIdField(source="voucher.order_id")
    reward_id = fields.DecimalIdField(source="voucher.order.reward_id")
    title = serializers.CharField(source="voucher.order.reward.title")
    status = serializers.ChoiceField(VoucherStatus.choices, source="voucher.status")
    expires_at = serializers.DateTimeField(source="voucher.expires_at", allow_null=True)
    accepted_at = serializers.DateTimeField(source="voucher.accepted_at", allow_null=True)
    store_id = fields.DecimalIdField(source="voucher.accepted_in_id", allow_null=True)
    coupon = CouponAnswer(allow_null=True)
    to_pay_fen = serializers.IntegerField(allow_null=True)
    refused = serializers.CharField(allow_null=True)
