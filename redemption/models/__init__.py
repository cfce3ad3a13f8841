"""What points buy: rewards and their prices for ever, orders and their steps, vouchers, payments, offsets."""

from .catalogue import Reward, RewardKind, RewardStatus, Slot
from .orders import LimitUsage, Order, OrderStatus, OrderStep, Transition
from .offsets import Offset, OffsetRefund
from .payments import CallbackRecord, Payment, PaymentStatus, Refund
from .prices import Offer, PriceKind, RewardPrice
from .vouchers import Coupon, Voucher, VoucherStatus

__all__ = [
    "CallbackRecord",
    "Coupon",
    "LimitUsage",
    "Offer",
    "Offset",
    "OffsetRefund",
    "Order",
    "OrderStatus",
    "OrderStep",
    "Payment",
    "PaymentStatus",
    "PriceKind",
    "Refund",
    "Reward",
    "RewardKind",
    "RewardPrice",
    "RewardStatus",
    "Slot",
    "Transition",
    "Voucher",
    "VoucherStatus",
]
