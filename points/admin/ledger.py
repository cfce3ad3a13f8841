"""The ledger in the console, read only."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.models import User
from hongmi.lib.console.columns import number
from hongmi.lib.console.filters import ShanghaiDaysFilter
from merchants import permissions
from merchants.models import Membership
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin
from points.amounts import yuan
from points.console import labels, pages
from points.models import Act, Hold, Lot


class LedgerAdmin(ReadOnlyAdmin):
    """Rows of the ledger. There are many, so the list has no count of its pages."""

    show_full_result_count = False
    paginator = InfinitePaginator


@admin.register(Act)
class ActAdmin(LedgerAdmin):
    list_display = (number, "occurred_at", "merchant", "shown_kind", "member_shown", "amount", "moved", "reference")
    list_filter = (*MERCHANT, "kind", ("occurred_at", ShanghaiDaysFilter))
    list_filter_submit = True
    list_select_related = ("merchant",)
    list_prefetch_related = ("journal",)
    search_fields = ("reference",)
    search_help_text = _("A reference, or the number of an act")
    ordering = ("-id",)
    fields = ("merchant", "shown_kind", "member_shown", "reference", "occurred_at", "recorded_at", "amount")
    readonly_fields = fields
    change_form_after_template = "console/act.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Act]:
        ref = Membership.objects.filter(merchant=OuterRef("merchant"), member=OuterRef("member"))
        rows = super().get_queryset(request).prefetch_related("journal")
        return rows.annotate(
            _ref=Subquery(ref.values("member_ref")[:1]),
            _public_id=Subquery(User.objects.filter(pk=OuterRef("member_id")).values("public_id")[:1]),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Act], search_term: str
    ) -> tuple[QuerySet[Act], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        found = queryset.filter(reference=typed)
        if typed.isascii() and typed.isdigit() and len(typed) < 19:
            found |= queryset.filter(pk=int(typed))
        return found, False

    def row_context(self, request: HttpRequest, row: Act | None) -> dict[str, Any]:
        # All shops share the wallet, so a shop sees the points it moved and not the balance after.
        sees_balances = permissions.of(request.user).merchants(self.permission("view")) is None
        return pages.act(row, sees_balances=sees_balances) if row else {}

    @display(description=_("kind"), ordering="kind", label=True)
    def shown_kind(self, act: Act) -> str:
        return act.get_kind_display()

    @display(description=_("member"))
    def member_shown(self, act: Any) -> str:
        return act._ref or str(act._public_id)[:8]

    @display(description=_("amount in yuan"))
    def amount(self, act: Act) -> str:
        return "–" if act.amount_fen is None else yuan(act.amount_fen)

    @display(description=_("points"))
    def moved(self, act: Act) -> str:
        return " · ".join(labels.moved(line) for line in act.journal.all())


@admin.register(Lot)
class LotAdmin(LedgerAdmin):
    merchant_path = "issuer_id"
    list_display = (number, "issuer", "kind", "purse", "granted", "remaining", "usable_from", "expires_at")
    list_filter = (("issuer", admin.RelatedOnlyFieldListFilter), "kind", "purse", "is_open")
    list_select_related = ("issuer",)
    ordering = ("-id",)
    fields = (
        "issuer", "act_id", "kind", "purse", "granted", "remaining", "usable_from", "expires_at", "earmark",
        "transferable", "source_lot_id", "value_fen",
    )  # fmt: skip
    readonly_fields = fields


@admin.register(Hold)
class HoldAdmin(LedgerAdmin):
    list_display = ("act_id", "merchant", "points", "purse", "expires_at", "is_open")
    list_filter = (*MERCHANT, "is_open")
    list_select_related = ("merchant",)
    ordering = ("-act_id",)
    fields = ("merchant", "points", "purse", "expires_at", "is_open")
    readonly_fields = fields
