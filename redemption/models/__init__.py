"""Tables of redemption: rewards and their price history, orders and their steps, vouchers, payments, offsets."""

from .catalogue import LimitWindow, Reward, RewardKind, RewardStatus, Slot
from .keys import RequestKey
from .logos import Logo
from .offers import Offer
from .offsets import Offset, OffsetRefund
from .orders import LimitUsage, Order, OrderStatus, OrderStep, SystemReason, Transition
from .payments import PayeeAccount, Payment, PaymentStatus, ProviderCallback, Refund, SandboxPayment
from .prices import FaceValueBasis, PriceKind, PriceRise, RewardPrice
from .returns import OrderReturn, ReturnReason, ReturnStatus
from .value_index import ValueIndex
from .vouchers import Coupon, Voucher, VoucherStatus, VoucherStep

__all__ = [
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
    "PayeeAccount",
    "Payment",
    "PaymentStatus",
    "PriceKind",
    "PriceRise",
    "ProviderCallback",
    "Refund",
    "RequestKey",
    "ReturnReason",
    "ReturnStatus",
    "Reward",
    "RewardKind",
    "RewardPrice",
    "RewardStatus",
    "SandboxPayment",
    "Slot",
    "SystemReason",
    "Transition",
    "ValueIndex",
    "Voucher",
    "VoucherStatus",
    "VoucherStep",
]
