"""Members of a merchant. In this app and not in `merchants`, because the page of a member shows points."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import auth, code128, phones
from accounts import queries as people
from hongmi.lib.errors import DomainError
from merchants import permissions
from merchants.forms.console import Confirmation, FindMemberForm
from merchants.models import Membership
from merchants.operations import cards
from merchants.operations.cards import IssuedCard
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin
from points.console import pages

FOUND = 50


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Members by the shop's own number, found by it, by the whole telephone number or by the member id.

    The search term is posted, because addresses are written to logs and a shop's own number may be a telephone number.
    Until the member consents, the merchant sees its own number and nothing else.
    """

    list_display = ("shown_ref", "person", "phone", "merchant", "joined_at", "left_at")
    list_filter = (*MERCHANT, ("left_at", admin.EmptyFieldListFilter))
    list_select_related = ("merchant",)
    ordering = ("-joined_at", "-pk")
    show_full_result_count = False
    fields = ("merchant", "shown_ref", "person", "phone", "member_id_shown", "joined_at", "left_at")
    readonly_fields = fields
    actions_list = ("find",)
    actions_detail = ("issue_card", "block_card")
    change_form_after_template = "console/member.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        # A second query, because row-level security hides members without consent and a join would drop their rows.
        rows = super().get_queryset(request).prefetch_related("member__wrapped_key")
        sees_all = permissions.of(request.user).merchants(self.permission("view")) is None
        return rows if sees_all else rows.filter(left_at=None)

    def row_context(self, request: HttpRequest, row: Membership | None) -> dict[str, Any]:
        if row is None:
            return {}
        card = people.open_card(row.member) if row.consented_at else None
        return pages.member(row, moment=timezone.now()) | {"card": card}

    # --- permissions ---

    def has_card_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        membership = self.get_object(request, object_id) if object_id else None
        is_member = membership is None or (membership.left_at is None and membership.consented_at is not None)
        return is_member and self.may(request, "card", membership)

    # --- actions ---

    @action(description=_("Find a member"), permissions=["view"], icon="search", url_path="find")
    def find(self, request: HttpRequest) -> HttpResponse:
        form = FindMemberForm(request.POST or None)
        found = None
        if request.method == "POST" and form.is_valid():
            found = [
                (row, self.shown_ref(row), self.person(row), self.phone(row)) for row in self._found(request, form)
            ]
        page = self.page(
            request, "console/find_member.html", title=_("Find a member"), form=form, found=found, back=self.address()
        )
        page.headers["Cache-Control"] = "no-store"
        return page

    @action(description=_("Issue a card"), permissions=["card"], icon="credit_card", url_path="issue-card")
    def issue_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        membership, form = self.found(request, object_id), Confirmation(request)
        context = {"title": _("Issue a card"), "subject": self._subject(membership), "back": self.address(membership)}
        if form.is_valid():
            try:
                card = cards.issue(
                    merchant_id=membership.merchant_id, membership_id=membership.pk, by=auth.me(request),
                    moment=timezone.now(),
                )  # fmt: skip
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.log_change(request, membership, "issue_card")
                return self._card_shown(request, card, membership=membership, **context)
        question = _(
            "For a member without a smartphone. An earlier card is blocked. A scan of the card identifies the member; "
            "a PIN, which signs in to the account, is issued only if the member has joined no other shop."
        )
        return self.action_page(request, form, question=question, answer=_("Issue"), **context)

    @action(description=_("Block the card"), permissions=["card"], icon="credit_card_off", url_path="block-card")
    def block_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        membership, form = self.found(request, object_id), Confirmation(request)
        if form.is_valid():
            try:
                cards.block(
                    merchant_id=membership.merchant_id, membership_id=membership.pk, by=auth.me(request),
                    moment=timezone.now(),
                )  # fmt: skip
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.log_change(request, membership, "block_card")
                self.message_user(request, _("The card is blocked."), messages.SUCCESS)
                return redirect(self.address(membership))
        return self.action_page(
            request, form, title=_("Block the card"), subject=self._subject(membership), answer=_("Block the card"),
            question=_("A blocked card no longer identifies the member and no longer signs in."),
            back=self.address(membership),
        )  # fmt: skip

    def _found(self, request: HttpRequest, form: FindMemberForm) -> QuerySet[Membership]:
        typed = form.cleaned_data["typed"]
        wanted = Q(member_ref=typed)
        if member := _person_id(typed):
            wanted |= Q(member_id=member) & Q(consented_at__isnull=False)
        rows = self.get_queryset(request).select_related("merchant")
        return rows.filter(wanted).order_by("-joined_at")[:FOUND]

    def _card_shown(self, request: HttpRequest, card: IssuedCard, **context: Any) -> HttpResponse:
        # The SVG is generated from digits, so nothing in it needs escaping.
        barcode = mark_safe(code128.svg(card.number, title=gettext("Card")))  # noqa: S308
        groups = " ".join(card.number[at : at + 4] for at in range(0, len(card.number), 4))
        page = self.page(request, "console/card_issued.html", card=card, barcode=barcode, number=groups, **context)
        page.headers["Cache-Control"] = "no-store"
        return page

    # --- columns and fields ---

    def _subject(self, membership: Membership) -> str:
        return f"{self.shown_ref(membership)} · {self.person(membership)}"

    @display(description=_("member number"))
    def shown_ref(self, membership: Membership) -> str:
        return membership.member_ref or self.member_id_shown(membership)[:8]

    @display(description=_("name"))
    def person(self, membership: Membership) -> str:
        return membership.member.short_name if membership.consented_at else "–"

    @display(description=_("mobile number"))
    def phone(self, membership: Membership) -> str:
        return membership.member.masked_phone or "–" if membership.consented_at else "–"

    @display(description=_("member id"))
    def member_id_shown(self, membership: Membership) -> str:
        return str(membership.member.public_id) if membership.consented_at else "–"


def _person_id(typed: str) -> int | None:
    """The id of the person with this telephone number or member id."""
    try:
        person = people.person_by_phone(phones.normal_form(typed))
    except phones.NotAMobileNumber:
        person = people.person_by_public_id(typed)
    return person.pk if person else None
