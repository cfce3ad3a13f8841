"""The member's own pages: profile, card, pets, change of number, guardian."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import auth, code128, queries
from accounts.forms import CodeForm, PetForm, PhoneForm, ProfileForm, SpokenCodeForm, posted_id
from accounts.models import ChallengePurpose
from accounts.operations import profile, sign_in
from accounts.operations.phone_numbers import NumberInUse
from accounts.operations.profile import ProfileRefused
from accounts.operations.sign_in import SignInRefused
from notifications.sms import SmsNotSent

CHANGING = "change_phone"


@never_cache
@require_safe
@auth.member_required
def overview(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    card = queries.open_card(person)
    # Safe, because the number consists of digits that we drew.
    barcode = mark_safe(code128.svg(card.number, title=card.number)) if card else ""  # noqa: S308
    context = {"card": card, "barcode": barcode, "pets": queries.pets_of(person), "place": queries.family_of(person)}
    return render(request, "accounts/me.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@auth.member_required
def edit(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    known = {"name": person.name, "birthday": person.birthday, "language": person.language}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            profile.update(person=person, moment=timezone.now(), **form.cleaned_data)
        except ProfileRefused as refusal:
            form.add_error("birthday", refusal.message)
        else:
            return redirect("me")
    return render(request, "accounts/profile.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
@auth.member_required
def pets(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    form = PetForm(request.POST if "name" in request.POST else None)
    if request.method == "POST" and "remove" in request.POST:
        profile.remove_pet(owner=person, pet_id=posted_id(request.POST, "remove"))
        return redirect("pets")
    if request.method == "POST" and form.is_valid():
        try:
            profile.add_pet(owner=person, moment=timezone.now(), **form.cleaned_data)
        except ProfileRefused as refusal:
            form.add_error("birthday", refusal.message)
        else:
            return redirect("pets")
    return render(request, "accounts/pets.html", {"form": form, "pets": queries.pets_of(person)})


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@auth.member_required
def change_phone(request: HttpRequest) -> HttpResponse:
    """A member without a number, such as a card holder, needs a fresh proof of identity instead."""
    return _change_phone(request) if auth.me(request).phone else auth.fresh_proof_required(_change_phone)(request)


def _change_phone(request: HttpRequest) -> HttpResponse:
    """The member first proves the present number (or the password), then the new number, each by a code."""
    state: dict[str, Any] = request.session.setdefault(CHANGING, {})
    request.session.modified = True
    is_old_step = _is_old_step(request, state)
    try:
        if is_old_step and "password" in request.POST:
            sign_in.prove_password(
                person=auth.me(request), password=request.POST["password"], visitor=auth.visitor(request)
            )
            state["is_old_proven"], state["password_proven_at"] = True, timezone.now().timestamp()
            return redirect("change_phone")
        if "send" in request.POST:
            return _send_code(request, state, is_old_step)
        if "code" in request.POST:
            return _answer_code(request, state, is_old_step)
    except (SignInRefused, ProfileRefused, NumberInUse, SmsNotSent) as refusal:
        return _phone_page(request, state, error=refusal.message)
    return _phone_page(request, state)


def _send_code(request: HttpRequest, state: dict[str, Any], is_old_step: bool) -> HttpResponse:
    person = auth.me(request)
    form = PhoneForm({"phone": person.phone} if is_old_step else request.POST)
    if not form.is_valid():
        return _phone_page(request, state, form=form)
    purpose = ChallengePurpose.OLD_PHONE if is_old_step else ChallengePurpose.NEW_PHONE
    challenge = sign_in.send_code(
        phone=form.cleaned_data["phone"],
        purpose=purpose,
        visitor=auth.visitor(request),
        moment=timezone.now(),
        person=person,
    )
    state[purpose] = str(challenge)
    return _phone_page(request, state)


def _answer_code(request: HttpRequest, state: dict[str, Any], is_old_step: bool) -> HttpResponse:
    purpose = ChallengePurpose.OLD_PHONE if is_old_step else ChallengePurpose.NEW_PHONE
    form = CodeForm(request.POST)
    if purpose not in state or not form.is_valid():
        return _phone_page(request, state, code_form=form)
    sign_in.verify_code(
        challenge_id=UUID(state[purpose]),
        purpose=purpose,
        code=form.cleaned_data["code"],
        visitor=auth.visitor(request),
        moment=timezone.now(),
    )
    if is_old_step:
        state["is_old_proven"] = True
        return redirect("change_phone")
    del request.session[CHANGING]
    old = state.get(ChallengePurpose.OLD_PHONE)
    profile.change_phone(
        person=auth.me(request),
        new_phone=UUID(state[purpose]),
        old_phone=UUID(old) if old else None,
        password_proven_at=_moment(state.get("password_proven_at")),
        session=request.session.session_key,
        moment=timezone.now(),
    )
    messages.success(request, _("Your number has been changed."))
    return redirect("me")


def _moment(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


def _is_old_step(request: HttpRequest, state: dict[str, Any]) -> bool:
    return bool(auth.me(request).phone) and not state.get("is_old_proven")


def _phone_page(request: HttpRequest, state: dict[str, Any], **context: Any) -> HttpResponse:
    is_old_step = _is_old_step(request, state)
    purpose = ChallengePurpose.OLD_PHONE if is_old_step else ChallengePurpose.NEW_PHONE
    context = {
        "form": PhoneForm(),
        "code_form": CodeForm(),
        "is_old_step": is_old_step,
        "is_sent": purpose in state,
    } | context
    return render(request, "accounts/phone.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def guardian(request: HttpRequest) -> HttpResponse:
    """The only page for a child whose guardian has not agreed yet."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    child = auth.me(request)
    if not queries.waits_for_guardian(child, moment=timezone.now()):
        return redirect("me")
    code = profile.request_guardian(child=child, moment=timezone.now()) if request.method == "POST" else None
    return render(request, "accounts/guardian.html", {"code": code})


@require_POST
@auth.member_required
def agree_as_guardian(request: HttpRequest) -> HttpResponse:
    form = SpokenCodeForm(request.POST)
    if form.is_valid():
        try:
            profile.agree_as_guardian(guardian=auth.me(request), token=form.cleaned_data["code"], moment=timezone.now())
            messages.success(request, _("Thank you. The child's account is open now; you can take this back any time."))
        except ProfileRefused as refusal:
            messages.error(request, refusal.message)
    return redirect("family")


@require_POST
@auth.member_required
def withdraw_as_guardian(request: HttpRequest) -> HttpResponse:
    profile.withdraw_as_guardian(
        guardian=auth.me(request), child_id=posted_id(request.POST, "child"), moment=timezone.now()
    )
    messages.success(request, _("You no longer agree. The child's account waits for a guardian again."))
    return redirect("family")
