"""The steps of proposing a phone move: support sends a code to the caller's number and types the caller's answer."""

from dataclasses import dataclass
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import auth
from accounts.forms import MovedCodeForm, PhoneForm
from accounts.models import ChallengePurpose, User
from accounts.operations import phone_moves, sign_in
from accounts.operations.phone_numbers import NumberInUse
from accounts.operations.sign_in import SignInRefused
from accounts.operations.support import SupportRefused
from notifications.sms import SmsNotSent

PENDING = "phone_move"
REFUSALS = (SignInRefused, SupportRefused, NumberInUse, SmsNotSent)


@dataclass(frozen=True)
class Step:
    """The next page; none once the move is proposed."""

    form: Form
    question: str | Promise = ""
    answer: str | Promise = ""
    is_proposed: bool = False


def next_step(request: HttpRequest, person: User) -> Step:
    """Process the posted form. The session stores the challenge and the person, never the number."""
    is_answer = request.method == "POST" and "code" in request.POST and _pending(request, person) is not None
    if is_answer:
        return _propose(request, person)
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            challenge = sign_in.send_code(
                phone=form.cleaned_data["phone"],
                purpose=ChallengePurpose.MOVED_PHONE,
                visitor=auth.visitor(request),
                moment=timezone.now(),
                person=person,
            )
        except REFUSALS as refusal:
            form.add_error("phone", refusal.message)
        else:
            request.session[PENDING] = {"person": person.pk, "challenge": str(challenge)}
            return _code_step(MovedCodeForm())
    question = _(
        "Make sure who is calling. The new number gets a code that the caller reads out. The old number gets a notice; "
        "a second person can approve the move at once. Where no notice can be given, a second person must."
    )
    return Step(form, question, _("Send the code"))


def _propose(request: HttpRequest, person: User) -> Step:
    form = MovedCodeForm(request.POST)
    challenge, now = _pending(request, person), timezone.now()
    if challenge is None or not form.is_valid():
        return _code_step(form)
    try:
        sign_in.verify_code(
            challenge_id=challenge,
            purpose=ChallengePurpose.MOVED_PHONE,
            code=form.cleaned_data["code"],
            visitor=auth.visitor(request),
            moment=now,
        )
        phone_moves.propose(
            person=person, new_phone=challenge, by=auth.me(request), reason=form.cleaned_data["reason"], moment=now
        )
    except REFUSALS as refusal:
        form.add_error(None, refusal.message)
        return _code_step(form)
    del request.session[PENDING]
    return Step(form, is_proposed=True)


def _code_step(form: Form) -> Step:
    return Step(form, _("The caller reads out the code sent to the new number."), _("Propose the move"))


def _pending(request: HttpRequest, person: User) -> UUID | None:
    """The challenge sent for this person."""
    pending = request.session.get(PENDING, {})
    return UUID(pending["challenge"]) if pending.get("person") == person.pk else None
