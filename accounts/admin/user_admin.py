"""People in the platform's console: search, timeline, and support's actions.

Lists are read-only, names shortened and numbers masked. The search is posted and never part of a URL, because URLs are
logged.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts import auth, data_subjects, queries
from accounts.admin.card_actions import CardActions
from accounts.admin.merge_actions import MergeActions
from accounts.admin.phone_move_actions import PhoneMoveActions
from accounts.forms import FindForm, ReasonForm
from accounts.models import User
from accounts.operations import support


# The permissions are methods, because there are no rows of permissions to name (merchants/permissions.py).
@admin.register(User)
class UserAdmin(CardActions, PhoneMoveActions, MergeActions):
    list_display = ("public_id", "person", "phone", "platform_role", "is_active", "created_at")
    list_filter = ("platform_role", "is_active")
    ordering = ("-pk",)
    fields = ("public_id", "person", "phone", "platform_role", "is_active", "created_at", "last_login", "erased_at")
    readonly_fields = fields
    actions_list = ("find",)
    actions_detail = (
        "unmask",
        "issue_card",
        "block_card",
        # Actions of two people are folded into menus, because nine buttons in a row are wider than a screen.
        {
            "title": _("Another number"),
            "icon": "phonelink_setup",
            "items": ["move_phone", "approve_move", "stop_move"],
        },
        {"title": _("Two accounts"), "icon": "merge", "items": ["merge_member", "approve_merge", "stop_merge"]},
    )
    change_form_after_template = "accounts/console/person.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.select_related("wrapped_key")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if person is not None and self.has_view_permission(request, person):
            context = {
                "timeline": data_subjects.timeline(person),
                "unmaskings": person.unmaskings.select_related("seen_by__wrapped_key").order_by("-id")[:20],
                "move": queries.open_phone_move(person),
                "card": queries.open_card(person),
                "merges": queries.merges_of(person),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def has_unmask_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.unmask_user")

    @action(description=_("Find a member"), permissions=["view"], icon="person_search", url_path="find")
    def find(self, request: HttpRequest) -> HttpResponse:
        form = FindForm(request.POST or None)
        people = None
        if request.method == "POST" and form.is_valid():
            found = data_subjects.find(form.cleaned_data["typed"])
            people = self.get_queryset(request).filter(pk__in=found).order_by("pk")
        back = reverse("admin:accounts_user_changelist")
        return self.page(
            request, "found", title=_("Find a member"), form=form, people=people, answer=_("Find"), back=back
        )

    @action(description=_("Show the number"), permissions=["unmask"], icon="visibility")
    def unmask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        form = ReasonForm(request.POST or None)
        number = None
        if request.method == "POST" and form.is_valid():
            number = support.unmask(person=person, by=auth.me(request), moment=timezone.now(), **form.cleaned_data)
        return self.action_page(
            request,
            person,
            form,
            title=_("Show the number"),
            question=_("Your name, the reason and the time are stored for good and shown to the member on request."),
            answer=_("Show the number"),
            shown=number or (gettext("This person has no number.") if number == "" else None),
        )
