"""The console of the catalogue: rewards, what they cost, what was announced, what a point buys."""

from typing import Any

from django.contrib import admin
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from merchants.console import MERCHANT, ReadOnlyAdmin, ScopedAdmin
from merchants.models import Store
from redemption import (
    admin_orders,  # noqa: F401 - register the consoles of orders and vouchers, which Django looks for in this room only
    admin_vouchers,  # noqa: F401
    operations,
    queries,
)
from redemption.console_forms import PriceForm, RewardForm, said
from redemption.models import PriceRise, Reward, RewardPrice, RewardStatus, ValueIndex
from redemption.operations.catalogue import REVISABLE


@admin.register(Reward)
class RewardAdmin(ScopedAdmin):
    form = RewardForm
    list_display = ("title", "merchant", "kind", "price", "stock", "shown_status")
    list_filter = (*MERCHANT, "status", "kind")
    list_select_related = ("merchant",)
    search_fields = ("title", "title_en", "sku")
    ordering = ("-id",)
    exclude = ("published_at",)
    actions_detail = ("publish", "announce", "delist")

    def get_readonly_fields(self, request: HttpRequest, obj: Reward | None = None) -> tuple[str, ...]:
        # Its status has conditions, and its name is what its price history hangs on.
        if obj is None:
            return ("status",)
        stays = ("purse",) if obj.published_at else ()
        return ("status", "merchant", "sku", "kind", *stays)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        return super().get_queryset(request).prefetch_related("prices")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        # A merchant offers its rewards in its own shops.
        kwargs["queryset"] = Store.objects.filter(merchant__in=self._merchants(request)).order_by("merchant", "code")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Reward, form: ModelForm[Reward], change: bool) -> None:
        given = {name: value for name, value in form.cleaned_data.items() if name != "stores"}
        if not change:
            merchant = given.pop("merchant")
            obj.pk = operations.create_reward(merchant_id=merchant.pk, **given).pk
            return
        changed = {name: given[name] for name in form.changed_data if name in REVISABLE}
        if changed:
            operations.revise_reward(reward_id=obj.pk, moment=timezone.now(), **changed)
        if "stock" in form.changed_data:
            operations.set_stock(reward_id=obj.pk, stock=given["stock"])

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "publish", self.get_object(request, object_id) if object_id else None)

    @action(description=_("Publish"), permissions=["publish"], icon="publish", url_path="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.get_object(request, object_id)
        if reward is None:
            return redirect("admin:redemption_reward_changelist")
        if request.method == "POST":
            try:
                operations.publish_reward(reward_id=reward.pk, moment=timezone.now())
            except operations.NotPublishable as refusal:
                return self._ask_to_publish(request, reward, [said(one) for one in refusal.objections])
            self.message_user(request, _("It is on sale."))
            return redirect("admin:redemption_reward_change", reward.pk)
        found = operations.objections(reward=reward, moment=timezone.now())
        return self._ask_to_publish(request, reward, [said(one) for one in found])

    @action(description=_("Announce a price"), permissions=["publish"], icon="sell", url_path="price")
    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.get_object(request, object_id)
        if reward is None:
            return redirect("admin:redemption_reward_changelist")
        form = PriceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            told = form.announce(reward_id=reward.pk, actor_id=request.user.pk, moment=timezone.now())
            if told is not None:
                self.message_user(request, _announced(told))
                return redirect("admin:redemption_reward_change", reward.pk)
        return self.page(
            request,
            "console/reward_price.html",
            title=_("Announce a price"),
            reward=reward,
            form=form,
            prices=queries.prices_of(reward_id=reward.pk),
            rises=queries.rises_ahead(reward_id=reward.pk),
        )

    @action(description=_("Take off the shelf"), permissions=["publish"], icon="block", url_path="delist")
    def delist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.get_object(request, object_id)
        if reward is None:
            return redirect("admin:redemption_reward_changelist")
        if request.method != "POST":
            return self.page(
                request,
                "console/confirm.html",
                title=_("Take off the shelf"),
                subject=reward.title,
                question=_("Nobody can order it then. Its prices are kept: listed again at more, it is a rise."),
                answer=_("Take off the shelf"),
                back=reverse("admin:redemption_reward_change", args=[reward.pk]),
            )
        operations.delist_reward(reward_id=reward.pk)
        self.message_user(request, _("It is off the shelf."))
        return redirect("admin:redemption_reward_change", reward.pk)

    def _ask_to_publish(self, request: HttpRequest, reward: Reward, reasons: list[str]) -> HttpResponse:
        return self.page(request, "console/reward_publish.html", title=_("Publish"), reward=reward, reasons=reasons)

    @display(description=_("today's price"))
    def price(self, reward: Reward) -> str:
        quotes = queries.public_quotes(reward, moment=timezone.now())
        return " / ".join(
            f"{one.points}+¥{one.cash_fen / 100:.2f}" if one.cash_fen else f"{one.points}" for one in quotes
        )

    @display(description=_("status"), ordering="status", label={"published": "success", "delisted": "warning"})
    def shown_status(self, reward: Reward) -> tuple[str, Any]:
        return reward.status, RewardStatus(reward.status).label


@admin.register(RewardPrice)
class RewardPriceAdmin(ReadOnlyAdmin):
    """For ever: prices are announced at their reward."""

    merchant_path = "reward__merchant_id"
    list_display = ("reward", "points", "cash_fen", "face_value_fen", "kind", "during", "is_dearer", "announced_at")
    list_filter = ("kind", "with_cash", "is_dearer")
    list_select_related = ("reward__merchant",)
    search_fields = ("reward__title", "reward__sku")
    ordering = ("-id",)


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


@admin.register(ValueIndex)
class ValueIndexAdmin(ReadOnlyAdmin):
    """The platform's alone: over all merchants."""

    merchant_path = ""
    list_display = ("day", "prices", "lowest_fen_per_point", "median_fen_per_point", "stale_rewards")
    ordering = ("-day",)


def _announced(told: Any) -> Any:
    if isinstance(told, PriceRise):
        return _("It is dearer: members are told now, and it holds %(days)d days later.") % {"days": told.notice_days}
    return _("The price is announced.")
