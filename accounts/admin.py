"""People as the platform's own roles find them: read-only, names shortened and numbers masked."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts import phones, queries
from accounts.models import User


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ("public_id", "person", "phone", "platform_role", "is_active", "created_at")
    list_filter = ("platform_role", "is_active")
    search_fields = ("username",)
    search_help_text = _("A whole mobile number, a member id or a sign-in name")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = ("public_id", "person", "phone", "platform_role", "is_active", "created_at", "erased_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.select_related("wrapped_key")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        try:
            person = queries.person_by_phone(phones.normal_form(typed))
        except phones.NotAMobileNumber:
            person = queries.person_by_public_id(typed)
        return queryset.filter(Q(pk=person.pk) if person else Q(username=typed)), False

    @display(description=_("Name"))
    def person(self, person: User) -> str:
        return f"{person.name[0]}**" if person.name else "–"

    @display(description=_("mobile number"))
    def phone(self, person: User) -> str:
        return person.masked_phone or "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
