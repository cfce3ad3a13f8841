"""URLs of the ledger: partner API and member pages."""

from django.urls import path

from hongmi.lib import paths
from points import views
from points.api import (
    holds,
    problems,  # noqa: F401 - gives the errors their statuses
    purchases,
    receipts,
    returns,
    wallets,
)

paths.register()

api_urlpatterns = [
    path("members/<uuid:member_id>/wallets", wallets.MemberWallets.as_view(), name="wallets"),
    path("members/<uuid:member_id>/statement", wallets.MemberStatement.as_view(), name="statement"),
    path("purchases", purchases.Purchases.as_view(), name="purchases"),
    path("purchases/preview", purchases.PurchasePreview.as_view(), name="purchase_preview"),
    path("purchases/batch", purchases.PurchaseBatch.as_view(), name="purchase_batch"),
    path("purchases/<reference:reference>/returns", returns.PurchaseReturns.as_view(), name="returns"),
    path("holds", holds.Holds.as_view(), name="holds"),
    path("holds/<decimal_id:hold_id>/capture", holds.Capture.as_view(), name="capture_hold"),
    path("holds/<decimal_id:hold_id>/release", holds.Release.as_view(), name="release_hold"),
    path("receipts/<decimal_id:act_id>", receipts.Receipt.as_view(), name="receipt"),
]

urlpatterns = [
    path("me/points", views.statement, name="member_points"),
    path("me/points/<decimal_id:act_id>", views.entry, name="member_entry"),
    path("me/points/<decimal_id:act_id>/receipt.json", views.receipt, name="member_receipt"),
    path("me/notifications", views.inbox, name="inbox"),
]
