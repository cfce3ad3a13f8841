"""What points buy: rewards and their prices for ever, orders and their steps, vouchers, payments, offsets."""

from .catalogue import LimitWindow, Reward, RewardKind, RewardStatus, Slot
from .offsets import Offset, OffsetRefund
from .orders import LimitUsage, Order, OrderStatus, OrderStep, Transition
from .payments import CallbackRecord, Payment, PaymentStatus, Refund
from .prices import FaceValueBasis, Offer, PriceKind, PriceRise, RewardPrice, ValueIndex
from .vouchers import Coupon, Voucher, VoucherStatus

__all__ = [
    "CallbackRecord",
    "Coupon",
    "FaceValueBasis",
    "LimitUsage",
    "LimitWindow",
    "Offer",
    "Offset",
    "OffsetRefund",
    "Order",
    "OrderStatus",
    "OrderStep",
    "Payment",
    "PaymentStatus",
    "PriceKind",
    "PriceRise",
    "Refund",
    "Reward",
    "RewardKind",
    "RewardPrice",
    "RewardStatus",
    "Slot",
    "Transition",
    "ValueIndex",
    "Voucher",
    "VoucherStatus",
]
