"""Support issues and blocks cards."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts import auth
from accounts.admin.person_pages import PersonPages
from accounts.forms import CardForm
from accounts.operations import cards
from accounts.operations.cards import PinNotGiven, WeakPin


class CardActions(PersonPages):
    def has_cards_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("accounts.issue_card")

    @action(description=_("Issue a card"), permissions=["cards"], icon="credit_card")
    def issue_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        form = CardForm(request.POST or None)
        shown = None
        if request.method == "POST" and form.is_valid():
            try:
                card = cards.issue_at_counter(
                    member=person, by=auth.me(request), moment=timezone.now(), pin=form.cleaned_data["pin"]
                )
                shown = card.number
            except (WeakPin, PinNotGiven) as refusal:
                form.add_error("pin", refusal.message)
        return self.action_page(
            request,
            person,
            form,
            title=_("Issue a card"),
            question=_(
                "An earlier card of this member is blocked. Only a member without a number and a password gets a PIN, "
                "and types it; a card without a PIN can be scanned but cannot sign in."
            ),
            answer=_("Issue"),
            shown=shown,
        )

    @action(description=_("Block the card"), permissions=["cards"], icon="credit_card_off")
    def block_card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.requested_person(request, object_id)
        if request.method == "POST":
            cards.block(member=person, moment=timezone.now(), by=auth.me(request))
            return self.done(request, person, gettext("The card is blocked."))
        return self.action_page(request, person, None, title=_("Block the card"), answer=_("Block the card"))
