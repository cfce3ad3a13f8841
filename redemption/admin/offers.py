"""The console of offers."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from merchants.scoped_admin import ReadOnlyAdmin
from redemption.models import Offer


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Offers are made at their reward; the member reads the criterion."""

    merchant_path = "reward__merchant_id"
    list_display = ("reward", "price", "opens_at", "closes_at", "criterion", "is_used")
    list_select_related = ("reward__merchant",)
    search_fields = ("reward__title", "criterion")
    ordering = ("-id",)
    exclude = ("member",)

    @display(description=_("price"), ordering="points")
    def price(self, offer: Offer) -> str:
        return f"{offer.points:,} + ¥{offer.cash_fen / 100:.2f}" if offer.cash_fen else f"{offer.points:,}"

    @display(description=_("used"), boolean=True)
    def is_used(self, offer: Offer) -> bool:
        return offer.used_by_order_id is not None
