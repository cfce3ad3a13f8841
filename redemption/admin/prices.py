"""The console of prices, price rises and the value index."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from merchants.scoped_admin import ReadOnlyAdmin
from redemption.models import PriceRise, RewardPrice, ValueIndex
from redemption.operations import prices
from redemption.operations.price_refusals import PriceRefused


@admin.register(RewardPrice)
class RewardPriceAdmin(ReadOnlyAdmin):
    """Prices are announced at their reward and never deleted; here they may be ended."""

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
        error = ""
        if request.method == "POST":
            try:
                prices.end(price_id=price.pk, ends_at=timezone.now())
            except PriceRefused as refusal:
                error = refusal.message
            else:
                self.message_user(request, _("The price has ended."))
                return redirect(self.address(price))
        return self.page(
            request,
            "console/confirm.html",
            title=_("End the price"),
            subject=f"{price.reward.title} · {price}",
            question=_(
                "It ends now and cannot be reopened: a dearer price needs notice, and without any other price"
                " nobody can order the reward. The price stays in the history."
            ),
            answer=_("End it now"),
            back=self.address(price),
            error=error,
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
            question=_("The price stays as it is. Notices already sent stay; a new rise needs a new notice."),
            answer=_("Withdraw the rise"),
            back=self.address(rise),
        )


@admin.register(ValueIndex)
class ValueIndexAdmin(ReadOnlyAdmin):
    """Over all merchants, visible to the platform alone."""

    merchant_path = ""
    list_display = ("day", "prices", "lowest_fen_per_point", "median_fen_per_point", "stale_rewards")
    ordering = ("-day",)


def _is_open(price: RewardPrice) -> bool:
    """Whether to show the action; the database decides."""
    now = timezone.now()
    return bool(price.during.lower <= now and (price.during.upper is None or price.during.upper > now))
