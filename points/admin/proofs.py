"""Signed tree heads and audits, which cover the whole ledger."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from merchants.scoped_admin import ReadOnlyAdmin, ScopedAdmin
from points.amounts import points as written
from points.models import AuditRun, TreeHead


class ProofAdmin(ReadOnlyAdmin):
    """Rows of the whole ledger and so of no merchant; for the roles of the platform."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super(ScopedAdmin, self).get_queryset(request)
        return rows

    def merchant_of(self, obj: Any) -> int | None:
        return None


@admin.register(TreeHead)
class TreeHeadAdmin(ProofAdmin):
    list_display = ("signed_at", "size", "root", "horizon_at", "key_id")
    ordering = ("-id",)
    show_full_result_count = False
    paginator = InfinitePaginator
    fields = ("signed_at", "size", "root", "horizon_at", "key_id", "signature_hex")
    readonly_fields = fields

    @display(description=_("leaves"), ordering="tree_size")
    def size(self, head: TreeHead) -> str:
        return written(head.tree_size)

    @display(description=_("root"))
    def root(self, head: TreeHead) -> str:
        return bytes(head.root_hash).hex()

    @display(description=_("signature"))
    def signature_hex(self, head: TreeHead) -> str:
        return bytes(head.signature).hex()


@admin.register(AuditRun)
class AuditRunAdmin(ProofAdmin):
    list_display = ("started_at", "finished_at", "is_ok")
    list_filter = ("is_ok",)
    ordering = ("-id",)
    fields = ("started_at", "finished_at", "is_ok")
    readonly_fields = fields
    change_form_after_template = "console/audit.html"
