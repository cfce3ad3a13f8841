"""Support proposes, approves and stops merges of two accounts of one person."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts import auth, queries
from accounts.admin import merge_steps
from accounts.admin.person_pages import PersonPages
from accounts.models import User
from accounts.operations import merges
from accounts.operations.support import SupportRefused


class MergeActions(PersonPages):
    def has_merge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.merge_user")

    def has_approve_merge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.approve_merge")

    @action(description=_("Merge into another account"), permissions=["merge"], icon="merge")
    def merge_member(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        step = merge_steps.next_step(request, person)
        if step.is_proposed:
            return self.done(request, person, gettext("The merge is proposed."))
        return self._merge_page(
            request,
            person,
            step.survivor,
            form=step.form,
            lines=step.lines,
            title=_("Merge into another account"),
            question=_("Make sure that both are one person. This account ends and all it has goes to the other."),
            answer=_("Propose the merge") if step.survivor else _("Look at both"),
        )

    @action(description=_("Approve the merge"), permissions=["approve_merge"], icon="task_alt")
    def approve_merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        merge = queries.open_merge(person)
        if merge is None:
            return self.done(request, person, gettext("No merge waits."), level=messages.WARNING)
        if request.method == "POST":
            try:
                merges.approve(merge_id=merge.pk, by=auth.me(request), moment=timezone.now())
            except SupportRefused as refusal:
                return self.done(request, person, refusal.message, level=messages.ERROR)
            return self.done(request, merge.survivor, gettext("The two accounts are one."))
        return self._merge_page(
            request,
            merge.duplicate,
            merge.survivor,
            lines=merge_steps.lines(merge.duplicate, merge.survivor, timezone.now()),
            title=_("Approve the merge"),
            question=gettext("%(who)s proposed it: %(reason)s") % {"who": merge.proposed_by, "reason": merge.reason},
            answer=_("Approve the merge"),
        )

    @action(description=_("Stop the merge"), permissions=["merge"], icon="block")
    def stop_merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        merge = queries.open_merge(person)
        if merge is None:
            return self.done(request, person, gettext("No merge waits."), level=messages.WARNING)
        if request.method == "POST":
            merges.withdraw(merge_id=merge.pk, moment=timezone.now())
            return self.done(request, person, gettext("Nothing is merged."))
        return self.action_page(request, person, None, title=_("Stop the merge"), answer=_("Stop the merge"))

    def _merge_page(self, request: HttpRequest, person: User, survivor: User | None, **context: Any) -> HttpResponse:
        return self.page(
            request,
            "merge",
            subject=self.label(person),
            survivor=survivor,
            duplicate_label=self.label(person),
            survivor_label=self.label(survivor) if survivor else "",
            back=self.address(person),
            **context,
        )
