"""Earning rules with their versions, and the goods labels that they match."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin, ScopedAdmin
from points.console import pages
from points.models import EarningRule, EarningRuleVersion, GoodsLabel


@admin.register(EarningRule)
class EarningRuleAdmin(ScopedAdmin):
    list_display = ("name", "merchant", "sentence", "in_force")
    list_filter = MERCHANT
    list_select_related = ("merchant",)
    search_fields = ("name", "name_en", "code")
    ordering = ("merchant", "code")
    fields = ("merchant", "code", "name", "name_en")
    actions_detail = ("publish",)
    change_form_after_template = "console/rule_versions.html"

    def get_readonly_fields(self, request: HttpRequest, obj: EarningRule | None = None) -> tuple[str, ...]:
        return ("merchant", "code") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[EarningRule]:
        newest = EarningRuleVersion.objects.filter(rule=OuterRef("pk"), starts_at__lte=timezone.now())
        newest = newest.order_by("-starts_at", "-version")
        return super().get_queryset(request).annotate(
            _version=Subquery(newest.values("version")[:1]),
            _definition=Subquery(newest.values("definition")[:1]),
            _ends_at=Subquery(newest.values("ends_at")[:1])
        )  # fmt: skip

    def response_add(
        self, request: HttpRequest, obj: EarningRule, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect("admin:points_earningrule_publish", obj.pk)

    def row_context(self, request: HttpRequest, row: EarningRule | None) -> dict[str, Any]:
        return pages.versions(row) if row else {}

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "publish", self.get_object(request, object_id) if object_id else None)

    @action(description=_("Publish a new version"), permissions=["publish"], icon="publish", url_path="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.found(request, object_id)
        page = pages.publish_rule(request, rule)
        if page.published is not None:
            self.message_user(request, _("Version %(version)s is published.") % {"version": page.published.version})
            return redirect("admin:points_earningrule_change", rule.pk)
        return self.page(request, "console/rule_publish.html", title=rule.name, rule=rule, **page.context)

    @display(description=_("rule content"))
    def sentence(self, rule: Any) -> str:
        return pages.sentence(rule._definition) if rule._definition else "–"

    @display(description=_("in force"))
    def in_force(self, rule: Any) -> str:
        if rule._version is None:
            return "–"
        if rule._ends_at is not None and rule._ends_at <= timezone.now():
            return str(_("ended"))
        return f"v{rule._version}"


@admin.register(GoodsLabel)
class GoodsLabelAdmin(ReadOnlyAdmin):
    list_display = ("sku", "label", "merchant", "valid_from", "valid_to")
    list_filter = (*MERCHANT, "label")
    search_fields = ("sku", "label")
