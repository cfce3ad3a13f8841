"""The member's own page: profile, card, pets, change of number, guardian."""

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

from accounts import auth, code128, operations, queries, words
from accounts.forms import CodeForm, PetForm, PhoneForm, ProfileForm, SpokenCodeForm
from accounts.models import ChallengePurpose
from notifications.sms import SmsNotSent

CHANGING = "change_phone"


@never_cache
@require_safe
@auth.member_required
def overview(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    card = queries.open_card(person)
    # Made of digits drawn by us, so nothing in it needs escaping.
    barcode = mark_safe(code128.svg(card.number, title=card.number)) if card else ""  # noqa: S308
    told = {"card": card, "barcode": barcode, "pets": queries.pets_of(person), "place": queries.family_of(person)}
    return render(request, "accounts/me.html", told)


@never_cache
@require_http_methods(["GET", "POST"])
@auth.member_required
def profile(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    known = {"name": person.name, "birthday": person.birthday, "language": person.language}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            operations.tell_about_oneself(person=person, moment=timezone.now(), **form.cleaned_data)
        except operations.ProfileRefused as refusal:
            form.add_error("birthday", words.sentence(refusal.code))
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
        operations.remove_pet(owner=person, pet_id=_number(request.POST["remove"]))
        return redirect("pets")
    if request.method == "POST" and form.is_valid():
        try:
            operations.add_pet(owner=person, moment=timezone.now(), **form.cleaned_data)
        except operations.ProfileRefused as refusal:
            form.add_error("birthday", words.sentence(refusal.code))
        else:
            return redirect("pets")
    return render(request, "accounts/pets.html", {"form": form, "pets": queries.pets_of(person)})


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@auth.member_required
def change_phone(request: HttpRequest) -> HttpResponse:
    """Two steps: the present number (or the password), then the new one; each a number, a code and its answer."""
    person = auth.me(request)
    state: dict[str, Any] = request.session.setdefault(CHANGING, {})
    if not person.phone or state.get("is_old_proven") or request.POST.get("password"):
        if not state.get("is_old_proven") and person.phone and not person.check_password(request.POST["password"]):
            return _phone_page(request, state, error=_("This password is not right."))
        if person.phone and not state.get("is_old_proven"):
            state |= {"is_old_proven": True, "is_password_proven": True}
            request.session.modified = True
            return redirect("change_phone")
        return _prove(request, state, ChallengePurpose.NEW_PHONE)
    return _prove(request, state, ChallengePurpose.OLD_PHONE)


def _prove(request: HttpRequest, state: dict[str, Any], purpose: ChallengePurpose) -> HttpResponse:
    person = auth.me(request)
    moment = timezone.now()
    request.session.modified = True
    try:
        if "send" in request.POST:
            phone = person.phone
            if purpose == ChallengePurpose.NEW_PHONE:
                form = PhoneForm(request.POST)
                if not form.is_valid():
                    return _phone_page(request, state, form=form)
                phone = form.cleaned_data["phone"]
            assert phone
            state[purpose] = str(
                operations.send_code(
                    phone=phone, purpose=purpose, visitor=auth.visitor(request), moment=moment, person=person
                )
            )
        elif "code" in request.POST and purpose in state:
            return _answered(request, state, purpose)
    except (operations.SignInRefused, operations.ProfileRefused, SmsNotSent) as refusal:
        return _phone_page(request, state, error=str(words.sentence(refusal.code)))
    return _phone_page(request, state)


def _answered(request: HttpRequest, state: dict[str, Any], purpose: ChallengePurpose) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _phone_page(request, state, code_form=form)
    moment = timezone.now()
    operations.answer_code(
        challenge_id=UUID(state[purpose]),
        purpose=purpose,
        code=form.cleaned_data["code"],
        visitor=auth.visitor(request),
        moment=moment,
    )
    if purpose == ChallengePurpose.OLD_PHONE:
        state["is_old_proven"] = True
        return redirect("change_phone")
    old = state.get(ChallengePurpose.OLD_PHONE)
    del request.session[CHANGING]
    operations.change_phone(
        person=auth.me(request),
        new_phone=UUID(state[purpose]),
        old_phone=UUID(old) if old else None,
        is_password_proven=bool(state.get("is_password_proven")),
        moment=moment,
    )
    messages.success(request, _("Your number has been changed."))
    return redirect("me")


def _phone_page(request: HttpRequest, state: dict[str, Any], **told: Any) -> HttpResponse:
    is_old_step = bool(auth.me(request).phone) and not state.get("is_old_proven")
    purpose = ChallengePurpose.OLD_PHONE if is_old_step else ChallengePurpose.NEW_PHONE
    told = {
        "form": PhoneForm(),
        "code_form": CodeForm(),
        "is_old_step": is_old_step,
        "is_sent": purpose in state,
    } | told
    return render(request, "accounts/phone.html", told)


@never_cache
@require_http_methods(["GET", "POST"])
def guardian(request: HttpRequest) -> HttpResponse:
    """The one page of a child whose guardian has not agreed yet."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    child = auth.me(request)
    if not queries.waits_for_guardian(child, moment=timezone.now()):
        return redirect("me")
    code = operations.ask_guardian(child=child, moment=timezone.now()) if request.method == "POST" else None
    return render(request, "accounts/guardian.html", {"code": code})


@require_POST
@auth.member_required
def agree_as_guardian(request: HttpRequest) -> HttpResponse:
    form = SpokenCodeForm(request.POST)
    if form.is_valid():
        try:
            operations.agree_as_guardian(
                guardian=auth.me(request), token=form.cleaned_data["code"], moment=timezone.now()
            )
            messages.success(request, _("Thank you. The child's account is open now; you can take this back any time."))
        except operations.ProfileRefused as refusal:
            messages.error(request, str(words.sentence(refusal.code)))
    return redirect("family")


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
