"""The console of prices: kept for ever, ended early, a rise given up, a price for one member, what a point buys."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from merchants.scoped_admin import ReadOnlyAdmin
from redemption.models import Offer, PriceRise, RewardPrice, ValueIndex
from redemption.operations import prices
from redemption.operations.prices import PriceRefused


@admin.register(RewardPrice)
class RewardPriceAdmin(ReadOnlyAdmin):
    """For ever: prices are announced at their reward, and may be ended here."""

    merchant_path = "reward__merchant_id"
    list_display = ("reward", "points", "cash_fen", "face_value_fen", "kind", "during", "is_dearer", "announced_at")
    list_filter = ("kind", "with_cash", "is_dearer")
    list_select_related = ("reward__merchant",)
    search_fields = ("reward__title", "reward__sku")
    ordering = ("-id",)
    actions_detail = ("end",)

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        price: RewardPrice | None = self.get_object(request, object_id) if object_id else None
        return self.may(request, "end", price) and (price is None or _is_open(price))

    @action(description=_("End the price"), permissions=["end"], icon="event_busy", url_path="end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        price = self.found(request, object_id)
        told: dict[str, Any] = {"error": ""}
        if request.method == "POST":
            try:
                prices.end(price_id=price.pk, ends_at=timezone.now())
            except PriceRefused as refusal:
                told = {"error": refusal.message}
            else:
                self.message_user(request, _("The price has ended."))
                return redirect(self.address(price))
        return self.page(
            request,
            "console/confirm.html",
            title=_("End the price"),
            subject=f"{price.reward.title} · {price}",
            question=_(
                "It ends now and cannot be opened again: a dearer one needs notice, and without any other price"
                " nobody can order the reward. The price stays in the history."
            ),
            answer=_("End it now"),
            back=self.address(price),
            **told,
        )


@admin.register(PriceRise)
class PriceRiseAdmin(ReadOnlyAdmin):
    merchant_path = "reward__merchant_id"
    list_display = (
        "reward",
        "points",
        "cash_fen",
        "announced_at",
        "noticed_at",
        "notice_days",
        "withdrawn_at",
        "price",
    )
    list_select_related = ("reward__merchant", "price")
    ordering = ("-id",)
    actions_detail = ("withdraw",)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        rise: PriceRise | None = self.get_object(request, object_id) if object_id else None
        is_open = rise is None or (rise.price_id is None and rise.withdrawn_at is None)
        return self.may(request, "withdraw", rise) and is_open

    @action(description=_("Withdraw the rise"), permissions=["withdraw"], icon="undo", url_path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rise = self.found(request, object_id)
        if request.method == "POST":
            prices.withdraw_rise(rise_id=rise.pk, moment=timezone.now())
            self.message_user(request, _("The rise is withdrawn; the price stays as it is."))
            return redirect(self.address(rise))
        return self.page(
            request,
            "console/confirm.html",
            title=_("Withdraw the rise"),
            subject=str(rise),
            question=_(
                "The price stays as it is. Who was told already keeps the letter; a new rise needs a new notice."
            ),
            answer=_("Withdraw the rise"),
            back=self.address(rise),
        )


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Made at their reward; the member reads the criterion."""

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


@admin.register(ValueIndex)
class ValueIndexAdmin(ReadOnlyAdmin):
    """The platform's alone: over all merchants."""

    merchant_path = ""
    list_display = ("day", "prices", "lowest_fen_per_point", "median_fen_per_point", "stale_rewards")
    ordering = ("-day",)


def _is_open(price: RewardPrice) -> bool:
    """Whether it is worth asking; the database judges."""
    now = timezone.now()
    return bool(price.during.lower <= now and (price.during.upper is None or price.during.upper > now))
