"""The console of rewards: description, price, appointments, publication."""

from typing import Any

from django.contrib import admin
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from merchants.models import Store
from merchants.scoped_admin import MERCHANT, ScopedAdmin
from redemption import queries
from redemption.forms import details
from redemption.forms.offers import OfferForm
from redemption.forms.prices import PriceForm
from redemption.forms.rewards import RewardForm, text_of
from redemption.forms.slots import SlotsForm
from redemption.models import PriceRise, Reward, RewardKind, RewardPrice, RewardStatus
from redemption.operations import catalogue
from redemption.operations.catalogue import REVISABLE, NotPublishable

NAME_AND_TERMS = (
    (None, {"fields": ("status", "merchant", "sku", "kind", "title", "title_en")}),
    (_("Description"), {"fields": ("goods_category", "description", "terms")}),
)
KIND_DETAILS = _("Details of this kind")
AVAILABILITY = (
    _("How many, when and where"),
    {
        "fields": (
            *("purse", "stock", "per_person_limit", "limit_window"),
            *("opens_at", "closes_at", "redemption_day", "stores"),
        )
    },
)
RARE = (_("Insurance documents, earmarked points"), {"fields": details.RARE, "classes": ("collapse",)})


@admin.register(Reward)
class RewardAdmin(ScopedAdmin):
    form = RewardForm
    list_display = ("title", "merchant", "kind", "price", "stock", "shown_status")
    list_filter = (*MERCHANT, "status", "kind")
    list_select_related = ("merchant",)
    search_fields = ("title", "title_en", "sku")
    ordering = ("-id",)
    exclude = ("published_at", "details")
    actions_detail = ("publish", "announce", "plan", "offer", "delist")

    def get_readonly_fields(self, request: HttpRequest, obj: Reward | None = None) -> tuple[str, ...]:
        # Status changes have conditions, and the price history belongs to this SKU.
        if obj is None:
            return ("status",)
        final = ("purse",) if obj.published_at else ()
        return ("status", "merchant", "sku", "kind", *final, "details_display")

    def get_fieldsets(self, request: HttpRequest, obj: Reward | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return (*NAME_AND_TERMS, (KIND_DETAILS, {"fields": ("details_display",)}), AVAILABILITY)
        kind, category = (obj.kind, obj.merchant.category) if obj else ("", "")
        names = details.of_kind(kind, merchant_category=category) if obj else details.NAMES
        usual = [name for name in names if name not in details.RARE]
        kind_details = ((KIND_DETAILS, {"fields": usual}),) if usual else ()
        return (*NAME_AND_TERMS, *kind_details, AVAILABILITY, RARE)

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
        assert isinstance(form, RewardForm)
        given = form.values()
        if not change:
            merchant = given.pop("merchant")
            obj.pk = catalogue.create(merchant_id=merchant.pk, **given).pk
            return
        changed = {name: given[name] for name in form.changed() if name in REVISABLE}
        if changed:
            catalogue.revise(reward_id=obj.pk, moment=timezone.now(), **changed)
        if "stock" in form.changed_data:
            catalogue.set_stock(reward_id=obj.pk, stock=given["stock"])

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "publish", self.get_object(request, object_id) if object_id else None)

    @action(description=_("Publish"), permissions=["publish"], icon="publish", url_path="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.found(request, object_id)
        if request.method == "POST":
            try:
                catalogue.publish(reward_id=reward.pk, moment=timezone.now())
            except NotPublishable as refusal:
                return self._publish_page(request, reward, [text_of(one) for one in refusal.objections])
            self.message_user(request, _("It is on sale."))
            return redirect("admin:redemption_reward_change", reward.pk)
        found = catalogue.objections(reward=reward, moment=timezone.now())
        return self._publish_page(request, reward, [text_of(one) for one in found])

    @action(description=_("Announce a price"), permissions=["publish"], icon="sell", url_path="price")
    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.found(request, object_id)
        form = PriceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            announced = form.announce(reward_id=reward.pk, actor_id=request.user.pk, moment=timezone.now())
            if announced is not None:
                self.message_user(request, _announcement(announced))
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

    @action(description=_("Delist"), permissions=["publish"], icon="block", url_path="delist")
    def delist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.found(request, object_id)
        if request.method != "POST":
            return self.page(
                request,
                "console/confirm.html",
                title=_("Delist"),
                subject=reward.title,
                question=_("Nobody can order it then. Its prices stay: listing it again at more is a rise."),
                answer=_("Delist"),
                back=reverse("admin:redemption_reward_change", args=[reward.pk]),
            )
        catalogue.delist(reward_id=reward.pk)
        self.message_user(request, _("It is delisted."))
        return redirect("admin:redemption_reward_change", reward.pk)

    def has_plan_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        reward = self.get_object(request, object_id) if object_id else None
        return self.may(request, "publish", reward) and (reward is None or reward.kind == RewardKind.SERVICE)

    @action(description=_("Appointments"), permissions=["plan"], icon="event", url_path="appointments")
    def plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.found(request, object_id)
        form = SlotsForm(request.POST or None, reward=reward)
        if request.method == "POST" and form.is_valid():
            planned = form.plan(moment=timezone.now())
            if planned:
                self.message_user(request, _("Planned appointments: %(count)d.") % {"count": len(planned)})
                return redirect("admin:redemption_reward_plan", reward.pk)
        ahead = (
            reward.slots.filter(ends_at__gt=timezone.now(), places__gt=0).select_related("store").order_by("starts_at")
        )
        context = {"title": _("Appointments"), "reward": reward, "form": form, "slots": ahead}
        return self.page(request, "console/reward_slots.html", **context)

    @action(description=_("Offer to one member"), permissions=["publish"], icon="person", url_path="offer")
    def offer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.found(request, object_id)
        form = OfferForm(request.POST or None, reward=reward, moment=timezone.now())
        if request.method == "POST" and form.is_valid() and form.make():
            self.message_user(request, _("The offer stands. The member sees it with the reason."))
            return redirect("admin:redemption_reward_change", reward.pk)
        return self.action_page(
            request,
            form,
            title=_("Offer to one member"),
            subject=reward.title,
            question=_("A price for this member alone, once. It may not break the value guarantee either."),
            answer=_("Make the offer"),
            back=self.address(reward),
        )

    def _publish_page(self, request: HttpRequest, reward: Reward, reasons: list[str]) -> HttpResponse:
        return self.page(request, "console/reward_publish.html", title=_("Publish"), reward=reward, reasons=reasons)

    @display(description=_("details"))
    def details_display(self, reward: Reward) -> SafeString | str:
        lines = format_html_join("", "<dt>{}</dt><dd>{}</dd>", details.labelled(reward.details))
        return format_html('<dl class="hm-pairs">{}</dl>', lines) if lines else "–"

    @display(description=_("today's price"))
    def price(self, reward: Reward) -> str:
        quotes = queries.public_quotes(reward, moment=timezone.now())
        return " / ".join(
            f"{one.points}+¥{one.cash_fen / 100:.2f}" if one.cash_fen else f"{one.points}" for one in quotes
        )

    @display(description=_("status"), ordering="status", label={"published": "success", "delisted": "warning"})
    def shown_status(self, reward: Reward) -> tuple[str, Any]:
        return reward.status, RewardStatus(reward.status).label


def _announcement(announced: RewardPrice | PriceRise) -> Any:
    if isinstance(announced, PriceRise):
        text = _("It is dearer: members are notified now, and it holds %(days)d days later.")
        return text % {"days": announced.notice_days}
    return _("The price is announced.")
