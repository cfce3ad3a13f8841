"""Addresses of redemption."""

from django.urls import path

from hongmi.lib import paths
from redemption import api, api_logos, api_orders, callbacks, views

paths.register()

api_urlpatterns = [
    path("rewards", api.Rewards.as_view(), name="rewards"),
    path("rewards/<decimal_id:reward_id>", api.RewardDetail.as_view(), name="reward"),
    path("rewards/<decimal_id:reward_id>/prices", api.RewardPrices.as_view(), name="reward_prices"),
    path("orders", api_orders.Orders.as_view(), name="orders"),
    path("orders/<decimal_id:order_id>", api_orders.OrderDetail.as_view(), name="order"),
    path("orders/<decimal_id:order_id>/cancel", api_orders.OrderCancellation.as_view(), name="order_cancellation"),
    path("orders/<decimal_id:order_id>/returns", api_orders.OrderReturns.as_view(), name="order_returns"),
    path("returns/<decimal_id:return_id>/parcel", api_orders.OrderReturnParcel.as_view(), name="order_return_parcel"),
    path("logos", api_logos.Logos.as_view(), name="logos"),
    path("logos/<uuid:logo_id>", api_logos.LogoPicture.as_view(), name="logo"),
    path("offsets", api_orders.Offsets.as_view(), name="offsets"),
    path("offsets/<reference:reference>/refunds", api_orders.OffsetRefunds.as_view(), name="offset_refunds"),
    path("vouchers/query", api_orders.VoucherQuery.as_view(), name="voucher_query"),
    path("vouchers/accept", api_orders.VoucherAcceptance.as_view(), name="voucher_acceptance"),
]

urlpatterns = [
    path("me/logos/<uuid:logo_id>", views.my_logo, name="my_logo"),
    path("payments/<slug:provider>/notices", callbacks.payment_notice, name="payment_notice"),
    path("rewards/<decimal_id:reward_id>/prices", views.price_history, name="price_history"),
    path("rewards/<decimal_id:reward_id>/prices.json", views.price_history_json, name="price_history_json"),
]
