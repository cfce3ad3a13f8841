"""Versions of a merchant's terms in the console; a published version is never changed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from merchants import queries
from merchants.forms.console import TermsForm
from merchants.models import Membership, Terms
from merchants.operations import memberships
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin


@admin.register(Terms)
class TermsAdmin(ReadOnlyAdmin):
    list_display = ("shown_version", "merchant", "published_at", "agreed")
    list_filter = MERCHANT
    list_select_related = ("merchant",)
    ordering = ("merchant", "-version")
    fields = ("merchant", "shown_version", "published_at", "agreed", "text", "text_en")
    readonly_fields = fields
    actions_list = ("publish",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Terms]:
        agreed = Membership.objects.open().filter(terms=OuterRef("pk")).order_by().values("terms")
        return super().get_queryset(request).annotate(
            _agreed=Subquery(agreed.annotate(count=Count("pk")).values("count"))
        )  # fmt: skip

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "publish")

    @action(description=_("Publish a new version"), permissions=["publish"], icon="publish", url_path="publish")
    def publish(self, request: HttpRequest) -> HttpResponse:
        merchants = self.merchants_where(request, "publish")
        form = TermsForm(request.POST or None, merchants=merchants, initial=_current_texts(merchants.first()))
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            terms = memberships.publish_terms(
                merchant_id=data["merchant"].pk, text=data["text"], text_en=data["text_en"], moment=timezone.now()
            )
            self.message_user(request, _("%(terms)s is published.") % {"terms": terms}, messages.SUCCESS)
            return redirect(self.address(terms))
        question = _(
            "New members agree to this version; earlier members keep the version they agreed to. A published version "
            "is never changed."
        )
        return self.action_page(
            request, form, title=_("Publish a new version"), question=question, answer=_("Publish"),
            back=self.address(), is_wide=True,
        )  # fmt: skip

    @display(description=_("version"), ordering="version")
    def shown_version(self, terms: Terms) -> str:
        return f"v{terms.version}"

    @display(description=_("members who agreed to it"))
    def agreed(self, terms: Any) -> int:
        return terms._agreed or 0


def _current_texts(merchant: Any) -> dict[str, Any]:
    terms = queries.current_terms(merchant_id=merchant.pk) if merchant else None
    return {"text": terms.text, "text_en": terms.text_en} if terms else {}
