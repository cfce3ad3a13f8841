"""The platform's desk: people are found, their timeline read, numbers unmasked with a reason, lost numbers moved.

Lists are read-only, names shortened and numbers masked. What is looked for is posted and never stands in an address,
because addresses are written to logs.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from accounts import auth, data_subjects, error_messages, queries
from accounts.admin import merge_steps, phone_move_steps
from accounts.forms import CardForm, FindForm, ReasonForm
from accounts.models import UnmaskRecord, User
from accounts.operations import cards, merges, support
from accounts.operations.cards import PinNotGiven, WeakPin
from accounts.operations.sign_in import NumberInUse
from accounts.operations.support import SupportRefused


class ReadOnlyAdmin(ModelAdmin):
    """What is looked at here is changed by actions of its own."""

    list_filter_submit = False
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
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
        # What two people do is folded, because nine buttons in a row are wider than a screen.
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
        told: dict[str, Any] = {}
        if person is not None and self.has_view_permission(request, person):
            told = {
                "timeline": data_subjects.timeline(person),
                "looks": person.looks.select_related("seen_by__wrapped_key").order_by("-id")[:20],
                "move": queries.open_phone_move(person),
                "card": queries.open_card(person),
                "merges": queries.merges_of(person),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})

    @display(description=_("Name"))
    def person(self, person: User) -> str:
        return person.short_name or "–"

    @display(description=_("mobile number"))
    def phone(self, person: User) -> str:
        return person.masked_phone or "–"

    # --- who may: methods, because there are no rows of permissions that could be named (merchants/permissions.py) ---

    def has_unmask_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.unmask_user")

    def has_cards_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.issue_card")

    def has_move_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.move_user")

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.approve_move")

    def has_merge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.merge_user")

    def has_approve_merge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.approve_merge")

    # --- what they do ---

    @action(description=_("Find a member"), permissions=["view"], icon="person_search", url_path="find")
    def find(self, request: HttpRequest) -> HttpResponse:
        form = FindForm(request.POST or None)
        people = None
        if request.method == "POST" and form.is_valid():
            found = data_subjects.find(form.cleaned_data["typed"])
            people = self.get_queryset(request).filter(pk__in=found).order_by("pk")
        return self._page(
            request, "found", title=_("Find a member"), form=form, people=people, answer=_("Find"), back=self._list()
        )

    @action(description=_("Show the number"), permissions=["unmask"], icon="visibility")
    def unmask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        form = ReasonForm(request.POST or None)
        number = None
        if request.method == "POST" and form.is_valid():
            number = support.unmask(person=person, by=auth.me(request), moment=timezone.now(), **form.cleaned_data)
        return self._ask(
            request,
            person,
            form,
            title=_("Show the number"),
            question=_("Your name, the reason and the moment are kept for ever and told to the member who asks."),
            answer=_("Show the number"),
            shown=number or (gettext("This person has no number.") if number == "" else None),
        )

    @action(description=_("Issue a card"), permissions=["cards"], icon="credit_card")
    def issue_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        form = CardForm(request.POST or None)
        shown = None
        if request.method == "POST" and form.is_valid():
            try:
                card = cards.issue_at_counter(
                    member=person, by=auth.me(request), moment=timezone.now(), pin=form.cleaned_data["pin"]
                )
                shown = card.number
            except (WeakPin, PinNotGiven) as refusal:
                form.add_error("pin", error_messages.sentence(refusal.code))
        return self._ask(
            request,
            person,
            form,
            title=_("Issue a card"),
            question=_(
                "An earlier card of this member is blocked. Only who has no number and no password gets a PIN, and "
                "types it; without one the card can be scanned and opens no account."
            ),
            answer=_("Issue"),
            shown=shown,
        )

    @action(description=_("Block the card"), permissions=["cards"], icon="credit_card_off")
    def block_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        if request.method == "POST":
            cards.block(member=person, moment=timezone.now(), by=auth.me(request))
            return self._done(request, person, gettext("The card is blocked."))
        return self._ask(request, person, None, title=_("Block the card"), answer=_("Block the card"))

    @action(description=_("Move to another number"), permissions=["move"], icon="phonelink_setup")
    def move_phone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        step = phone_move_steps.next_step(request, person)
        if step.is_proposed:
            return self._done(request, person, gettext("The move is proposed."))
        return self._ask(
            request,
            person,
            step.form,
            title=_("Move to another number"),
            question=step.question,
            answer=step.answer,
        )

    @action(description=_("Approve the move"), permissions=["approve"], icon="task_alt")
    def approve_move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        move = queries.open_phone_move(person)
        if request.method == "POST" and move is not None:
            try:
                support.approve_phone_move(move_id=move.pk, by=auth.me(request), moment=timezone.now())
            except (SupportRefused, NumberInUse) as refusal:
                return self._done(request, person, error_messages.sentence(refusal.code), level=messages.ERROR)
            return self._done(request, person, gettext("The account has its new number; every session has ended."))
        if move is None:
            return self._done(request, person, gettext("No move waits."), level=messages.WARNING)
        question = gettext("%(who)s proposed it: %(reason)s") % {"who": move.proposed_by, "reason": move.reason}
        return self._ask(
            request, person, None, title=_("Approve the move"), question=question, answer=_("Approve the move")
        )

    @action(description=_("Stop the move"), permissions=["move"], icon="block")
    def stop_move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        if request.method == "POST":
            support.stop_phone_moves(person=person, moment=timezone.now())
            return self._done(request, person, gettext("Nothing is moved."))
        return self._ask(request, person, None, title=_("Stop the move"), answer=_("Stop the move"))

    @action(description=_("Merge into another account"), permissions=["merge"], icon="merge")
    def merge_member(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        step = merge_steps.next_step(request, person)
        if step.is_proposed:
            return self._done(request, person, gettext("The merge is proposed."))
        return self._ask_merge(
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
        person = self._person(request, object_id)
        merge = queries.open_merge(person)
        if merge is None:
            return self._done(request, person, gettext("No merge waits."), level=messages.WARNING)
        if request.method == "POST":
            try:
                merges.approve(merge_id=merge.pk, by=auth.me(request), moment=timezone.now())
            except SupportRefused as refusal:
                return self._done(request, person, error_messages.sentence(refusal.code), level=messages.ERROR)
            return self._done(request, merge.survivor, gettext("The two accounts are one."))
        return self._ask_merge(
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
        person = self._person(request, object_id)
        merge = queries.open_merge(person)
        if merge is None:
            return self._done(request, person, gettext("No merge waits."), level=messages.WARNING)
        if request.method == "POST":
            merges.withdraw(merge_id=merge.pk, moment=timezone.now())
            return self._done(request, person, gettext("Nothing is merged."))
        return self._ask(request, person, None, title=_("Stop the merge"), answer=_("Stop the merge"))

    # --- pages ---

    def _person(self, request: HttpRequest, object_id: str) -> User:
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        return cast(User, person)

    def _ask(self, request: HttpRequest, person: User, form: Form | None, **told: Any) -> HttpResponse:
        return self._page(request, "ask", subject=self._told(person), form=form, back=self._address(person), **told)

    def _ask_merge(self, request: HttpRequest, person: User, survivor: User | None, **told: Any) -> HttpResponse:
        both = {"duplicate_told": self._told(person), "survivor_told": self._told(survivor) if survivor else ""}
        return self._page(
            request,
            "merge",
            subject=self._told(person),
            survivor=survivor,
            back=self._address(person),
            **both,
            **told,
        )

    def _told(self, person: User) -> str:
        return f"{self.person(person)} {self.phone(person)} · {str(person.public_id)[:8]}"

    def _page(self, request: HttpRequest, template: str, **told: Any) -> HttpResponse:
        told = {**self.admin_site.each_context(request), "opts": self.opts, **told}
        return TemplateResponse(request, f"accounts/console/{template}.html", told)

    def _done(
        self, request: HttpRequest, person: User, sentence: str, level: int = messages.SUCCESS
    ) -> HttpResponseRedirect:
        self.message_user(request, sentence, level)
        return redirect(self._address(person))

    def _address(self, person: User) -> str:
        return reverse("admin:accounts_user_change", args=[person.pk])

    def _list(self) -> str:
        return reverse("admin:accounts_user_changelist")


@admin.register(UnmaskRecord)
class UnmaskRecordAdmin(ReadOnlyAdmin):
    """Who looked at whose number, and why."""

    list_display = ("seen_at", "seen_by", "reason", "whose")
    list_select_related = ("seen_by__wrapped_key", "person")
    list_filter = (("seen_by", admin.RelatedOnlyFieldListFilter),)
    ordering = ("-id",)
    fields = ("seen_at", "seen_by", "reason", "whose")
    readonly_fields = fields

    @display(description=_("member id"))
    def whose(self, look: UnmaskRecord) -> str:
        return str(look.person.public_id)
