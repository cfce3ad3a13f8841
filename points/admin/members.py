"""Members of a merchant. Here and not with the merchants, because a member's page shows points."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts import phones
from accounts import queries as people
from merchants import powers
from merchants.console import MERCHANT, ReadOnlyAdmin, shortened
from merchants.models import Membership
from points import console_pages


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Members by the shop's own number, found by it, by the whole telephone number or by the member id.

    Of a member who has not consented yet the merchant sees its own number and nothing else.
    """

    list_display = ("shown_ref", "person", "phone", "merchant", "joined_at", "left_at")
    list_filter = (*MERCHANT, ("left_at", admin.EmptyFieldListFilter))
    list_select_related = ("member__wrapped_key", "merchant")
    search_fields = ("member_ref",)
    search_help_text = _("The shop's own number, a whole mobile number, or a member id")
    ordering = ("-joined_at", "-pk")
    show_full_result_count = False
    fields = ("merchant", "shown_ref", "person", "phone", "member_id_shown", "joined_at", "left_at")
    readonly_fields = fields
    change_form_after_template = "console/member.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request)
        sees_all = powers.of(request.user).merchants(self.permission("view")) is None
        return rows if sees_all else rows.filter(left_at=None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Membership], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        found = Q(member_ref=typed)
        if member := _person_id(typed):
            found |= Q(member_id=member) & Q(consented_at__isnull=False)
        return queryset.filter(found), False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        membership = self.get_object(request, object_id or "")
        told = console_pages.member(membership, moment=timezone.now()) if membership else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **told})

    @display(description=_("member number"))
    def shown_ref(self, membership: Membership) -> str:
        return membership.member_ref or str(membership.member.public_id)[:8]

    @display(description=_("name"))
    def person(self, membership: Membership) -> str:
        return shortened(membership.member.name) if membership.consented_at else "–"

    @display(description=_("mobile number"))
    def phone(self, membership: Membership) -> str:
        return membership.member.masked_phone or "–" if membership.consented_at else "–"

    @display(description=_("member id"))
    def member_id_shown(self, membership: Membership) -> str:
        return str(membership.member.public_id)


def _person_id(typed: str) -> int | None:
    """Whose telephone or member id this is."""
    try:
        person = people.person_by_phone(phones.normal_form(typed))
    except phones.NotAMobileNumber:
        person = people.person_by_public_id(typed)
    return person.pk if person else None
