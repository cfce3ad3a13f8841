"""What points buy: rewards and their prices for ever, orders and their steps, vouchers, payments, offsets."""

from .catalogue import LimitWindow, Reward, RewardKind, RewardStatus, Slot
from .keys import RequestKey
from .logos import Logo
from .offsets import Offset, OffsetRefund
from .orders import LimitUsage, Order, OrderStatus, OrderStep, OwnReason, Transition
from .payments import CallbackRecord, PayeeAccount, Payment, PaymentStatus, Refund, SandboxPayment
from .prices import FaceValueBasis, Offer, PriceKind, PriceRise, RewardPrice, ValueIndex
from .returns import OrderReturn, ReturnGround, ReturnStatus
from .vouchers import Coupon, Voucher, VoucherStatus, VoucherStep

__all__ = [
    "CallbackRecord",
    "Coupon",
    "FaceValueBasis",
    "LimitUsage",
    "LimitWindow",
    "Logo",
    "Offer",
    "Offset",
    "OffsetRefund",
    "Order",
    "OrderReturn",
    "OrderStatus",
    "OrderStep",
    "OwnReason",
    "PayeeAccount",
    "Payment",
    "PaymentStatus",
    "PriceKind",
    "PriceRise",
    "Refund",
    "RequestKey",
    "ReturnGround",
    "ReturnStatus",
    "Reward",
    "RewardKind",
    "RewardPrice",
    "RewardStatus",
    "SandboxPayment",
    "Slot",
    "Transition",
    "ValueIndex",
    "Voucher",
    "VoucherStatus",
    "VoucherStep",
]
