"""URLs of redemption."""

from django.urls import path

from hongmi.lib import paths
from redemption import views
from redemption.api import (
    callbacks,
    logos,
    offsets,
    orders,
    problems,  # noqa: F401 - registers the statuses of the errors
    returns,
    rewards,
    vouchers,
)

paths.register()

api_urlpatterns = [
    path("rewards", rewards.Rewards.as_view(), name="rewards"),
    path("rewards/<decimal_id:reward_id>", rewards.RewardDetail.as_view(), name="reward"),
    path("rewards/<decimal_id:reward_id>/prices", rewards.RewardPrices.as_view(), name="reward_prices"),
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/<decimal_id:order_id>", orders.OrderDetail.as_view(), name="order"),
    path("orders/<decimal_id:order_id>/cancel", orders.OrderCancellation.as_view(), name="order_cancellation"),
    path("orders/<decimal_id:order_id>/returns", returns.OrderReturns.as_view(), name="order_returns"),
    path("returns/<decimal_id:return_id>/parcel", returns.OrderReturnParcel.as_view(), name="order_return_parcel"),
    path("logos", logos.Logos.as_view(), name="logos"),
    path("logos/<uuid:logo_id>", logos.LogoPicture.as_view(), name="logo"),
    path("offsets", offsets.Offsets.as_view(), name="offsets"),
    path("offsets/<reference:reference>/refunds", offsets.OffsetRefunds.as_view(), name="offset_refunds"),
    path("vouchers/query", vouchers.VoucherQuery.as_view(), name="voucher_query"),
    path("vouchers/accept", vouchers.VoucherAcceptance.as_view(), name="voucher_acceptance"),
]

urlpatterns = [
    path("me/logos/<uuid:logo_id>", views.my_logo, name="my_logo"),
    path("payments/<slug:provider>/notices", callbacks.payment_notice, name="payment_notice"),
    path("rewards/<decimal_id:reward_id>/prices", views.price_history, name="price_history"),
    path("rewards/<decimal_id:reward_id>/prices.json", rewards.price_history_json, name="price_history_json"),
]
