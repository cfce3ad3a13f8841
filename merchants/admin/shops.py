"""Merchants in the console: their data, changes of status, deposits and credits, stores."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import auth
from merchants import permissions, queries
from merchants.errors import StepRefused
from merchants.forms.console import ApplicationForm, CoverForm, StepForm
from merchants.models import Merchant, MerchantStatus, Store
from merchants.operations import lifecycle
from merchants.scoped_admin import MERCHANT, ScopedAdmin, yuan


@admin.register(Merchant)
class MerchantAdmin(ScopedAdmin):
    """The status is read-only in the form, because changes of status are operations with conditions of their own."""

    merchant_path = ""
    list_display = ("shown_name", "code", "category", "shown_status", "store_count", "issues")
    list_filter = ("status", "category")
    search_fields = ("name", "name_en", "code")
    ordering = ("name",)
    actions_detail = ("take_step", "agree_cover")
    change_form_after_template = "console/merchant.html"

    def get_fields(self, request: HttpRequest, obj: Merchant | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("code", "name", "name_en", "category", "licence_number", "owner_phone")
        return (
            "code", "name", "name_en", "category", "licence_number", "clawback_policy", "status_now", "deposit",
            "credit_limit", "issues", "created_at",
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Merchant | None = None) -> tuple[str, ...]:
        return ("code", "status_now", "deposit", "credit_limit", "issues", "created_at") if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Merchant | None = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        if obj is None:
            kwargs |= {"form": ApplicationForm, "fields": ApplicationForm.Meta.fields}
        return super().get_form(request, obj, change, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        return super().get_queryset(request).annotate(_stores=Count("stores"))

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        data = dict(form.cleaned_data)
        applied = lifecycle.apply_for_contract(owner_id=data.pop("owner_phone"), actor_id=auth.me(request).pk, **data)
        obj.__dict__.update(applied.__dict__)

    def row_context(self, request: HttpRequest, row: Merchant | None) -> dict[str, Any]:
        context: dict[str, Any] = {"show_save_and_add_another": False}
        if row is not None:
            terms = queries.current_terms(merchant_id=row.pk)
            context |= {"status_history": queries.status_history(row), "terms": terms}
        return context

    # --- permissions ---

    def has_step_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "step")

    def has_cover_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "cover")

    # --- actions ---

    @action(description=_("Next step"), permissions=["step"], icon="moving", url_path="step")
    def take_step(self, request: HttpRequest, object_id: str) -> HttpResponse:
        merchant = self.found(request, object_id)
        form = StepForm(request.POST or None, steps=queries.next_steps(merchant))
        if request.method == "POST" and form.is_valid():
            try:
                lifecycle.take_step(
                    merchant_id=merchant.pk, actor_id=auth.me(request).pk, moment=timezone.now(), **form.cleaned_data
                )
            except StepRefused as refusal:
                form.add_error("to", refusal.message)
            else:
                self.message_user(request, _("The step is taken; it holds from the next request on."))
                return redirect(self.address(merchant))
        question = gettext(
            "It is %(status)s now. A suspended or closed merchant loses access at once, staff and systems alike; an "
            "exiting merchant issues no more points, and points stay valid everywhere."
        ) % {"status": merchant.get_status_display()}
        return self.action_page(
            request, form, title=_("Next step"), subject=str(merchant), question=question, answer=_("Take this step"),
            back=self.address(merchant),
        )  # fmt: skip

    @action(description=_("Deposit and credit"), permissions=["cover"], icon="account_balance", url_path="cover")
    def agree_cover(self, request: HttpRequest, object_id: str) -> HttpResponse:
        merchant = self.found(request, object_id)
        now = {name: f"{getattr(merchant, name) / 100:.2f}" for name in ("deposit_fen", "credit_limit_fen")}
        form = CoverForm(request.POST or None, initial=now)
        if request.method == "POST" and form.is_valid():
            lifecycle.agree_limit(merchant_id=merchant.pk, **form.cleaned_data)
            self.log_change(request, merchant, f"agree_limit {form.cleaned_data}")
            self.message_user(request, _("It is agreed."), messages.SUCCESS)
            return redirect(self.address(merchant))
        return self.action_page(
            request, form, title=_("Deposit and credit"), subject=str(merchant),
            question=_("Together they cover the points that the merchant issues, at 5 fen a point."),
            answer=_("Agree"), back=self.address(merchant),
        )  # fmt: skip

    # --- columns and fields ---

    @display(description=_("name"), ordering="name")
    def shown_name(self, merchant: Merchant) -> str:
        return str(merchant)

    @display(
        description=_("status"),
        ordering="status",
        label={"live": "success", "suspended": "danger", "closed": "danger", "exiting": "warning"},
    )
    def shown_status(self, merchant: Merchant) -> tuple[str, str]:
        return merchant.status, merchant.get_status_display()

    @display(description=_("status"))
    def status_now(self, merchant: Merchant) -> str:
        return merchant.get_status_display()

    @display(description=_("issues points"), boolean=True)
    def issues(self, merchant: Merchant) -> bool:
        return merchant.status == MerchantStatus.LIVE and merchant.may_issue

    @display(description=_("stores"))
    def store_count(self, merchant: Any) -> int:
        return merchant._stores

    @display(description=_("deposit in yuan"))
    def deposit(self, merchant: Merchant) -> str:
        return yuan(merchant.deposit_fen)

    @display(description=_("credit limit in yuan"))
    def credit_limit(self, merchant: Merchant) -> str:
        return yuan(merchant.credit_limit_fen)


@admin.register(Store)
class StoreAdmin(ScopedAdmin):
    """Staff bound to stores see only those."""

    list_display = ("name", "code", "merchant", "division_code")
    list_filter = MERCHANT
    search_fields = ("name", "code")
    ordering = ("merchant", "code")
    list_select_related = ("merchant",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        rows: QuerySet[Store] = super().get_queryset(request)
        for merchant_id, store_ids in permissions.of(request.user).stores.items():
            rows = rows.exclude(~Q(pk__in=store_ids), merchant_id=merchant_id)
        return rows

    def merchants_where(self, request: HttpRequest, verb: str) -> QuerySet[Merchant]:
        rows = super().merchants_where(request, verb)
        return rows.exclude(pk__in=permissions.of(request.user).stores) if verb == "add" else rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.merchants_where(request, "add").exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> tuple[str, ...]:
        return ("merchant",) if obj else ()
