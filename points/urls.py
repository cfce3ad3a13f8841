"""Addresses of the books."""

from django.urls import path

from hongmi.lib import paths
from points import api

paths.register()

api_urlpatterns = [
    path("members/<uuid:member_id>/wallets", api.MemberWallets.as_view(), name="wallets"),
    path("members/<uuid:member_id>/statement", api.MemberStatement.as_view(), name="statement"),
    path("purchases", api.Purchases.as_view(), name="purchases"),
    path("purchases/preview", api.PurchasePreview.as_view(), name="purchase_preview"),
    path("purchases/batch", api.PurchaseBatch.as_view(), name="purchase_batch"),
    path("purchases/<reference:reference>/returns", api.PurchaseReturns.as_view(), name="returns"),
    path("receipts/<decimal_id:act_id>", api.Receipt.as_view(), name="receipt"),
]
