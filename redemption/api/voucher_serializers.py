"""Vouchers in JSON. A voucher's code stays in bodies."""

from typing import Any

from rest_framework import serializers

from hongmi.lib import fields
from redemption.models import Coupon, VoucherStatus

MAX_BILL_FEN = 10_000_000_000


class VoucherQuerySerializer(fields.StrictSerializer):
    """A code as scanned or typed; with a bill the answer includes the amount left to pay."""

    code = fields.StrictCharField(max_length=64)
    bill_fen = fields.StrictIntegerField(min_value=0, max_value=MAX_BILL_FEN, required=False)


class VoucherAcceptSerializer(VoucherQuerySerializer):
    """A code, and the store that accepts it."""

    store_id = fields.DecimalIdField()


class CouponAnswer(serializers.Serializer[Coupon]):
    """The discount of a voucher on a bill."""

    off_fen = serializers.IntegerField(allow_null=True)
    off_percent = serializers.IntegerField(allow_null=True)
    minimum_fen = serializers.IntegerField()


class VoucherAnswer(serializers.Serializer[Any]):
    """A voucher at the counter. `refused` is the code why it cannot be accepted now; null: it can."""

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
