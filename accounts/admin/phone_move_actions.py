"""Support proposes, approves and stops moves to another number."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts import auth, queries
from accounts.admin import phone_move_steps
from accounts.admin.person_pages import PersonPages
from accounts.operations import phone_moves
from accounts.operations.phone_numbers import NumberInUse
from accounts.operations.support import SupportRefused


class PhoneMoveActions(PersonPages):
    def has_move_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.move_user")

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.approve_move")

    @action(description=_("Move to another number"), permissions=["move"], icon="phonelink_setup")
    def move_phone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        step = phone_move_steps.next_step(request, person)
        if step.is_proposed:
            return self.done(request, person, gettext("The move is proposed."))
        return self.action_page(
            request,
            person,
            step.form,
            title=_("Move to another number"),
            question=step.question,
            answer=step.answer,
        )

    @action(description=_("Approve the move"), permissions=["approve"], icon="task_alt")
    def approve_move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        move = queries.open_phone_move(person)
        if request.method == "POST" and move is not None:
            try:
                phone_moves.approve(move_id=move.pk, by=auth.me(request), moment=timezone.now())
            except (SupportRefused, NumberInUse) as refusal:
                return self.done(request, person, refusal.message, level=messages.ERROR)
            return self.done(request, person, gettext("The account has its new number; every session has ended."))
        if move is None:
            return self.done(request, person, gettext("No move waits."), level=messages.WARNING)
        question = gettext("%(who)s proposed it: %(reason)s") % {"who": move.proposed_by, "reason": move.reason}
        return self.action_page(
            request, person, None, title=_("Approve the move"), question=question, answer=_("Approve the move")
        )

    @action(description=_("Stop the move"), permissions=["move"], icon="block")
    def stop_move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        if request.method == "POST":
            phone_moves.stop_open(person=person, moment=timezone.now())
            return self.done(request, person, gettext("Nothing is moved."))
        return self.action_page(request, person, None, title=_("Stop the move"), answer=_("Stop the move"))
