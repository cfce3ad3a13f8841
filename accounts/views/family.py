"""The family page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import auth, queries
from accounts.forms import CapsForm, FamilyForm, InviteForm, SpokenCodeForm, posted_id
from accounts.models import FamilyRole, User
from accounts.operations import families
from accounts.operations.families import FamilyRefused, NoFamily


@never_cache
@require_safe
@auth.member_required
def page(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    place = queries.family_of(person)
    context: dict[str, Any] = {
        "place": place,
        "places": queries.places_of(place.family) if place else [],
        "invitations": queries.invitations_for(person, moment=timezone.now()),
        "wards": queries.wards_of(person),
        "caps": queries.gift_caps(member_id=person.pk),
        "family_form": FamilyForm(),
        "code_form": SpokenCodeForm(),
        "given_code": request.session.pop("given_code", None),
    }
    if place and place.role == FamilyRole.HEAD:
        family = place.family
        known = {"points_per_day": family.gift_points_per_day, "points_per_year": family.gift_points_per_year}
        context |= {"invite_form": InviteForm(), "caps_form": CapsForm(initial=known)}
    return render(request, "accounts/family.html", context)


@require_POST
@auth.member_required
def found(request: HttpRequest) -> HttpResponse:
    form = FamilyForm(request.POST)
    return _done(request, form, lambda data: families.create(head=auth.me(request), moment=timezone.now(), **data))


@require_POST
@auth.member_required
def invite(request: HttpRequest) -> HttpResponse:
    def send(data: dict[str, Any]) -> None:
        phone, role = data["phone"] or None, FamilyRole(data["role"])
        code = families.invite(by=auth.me(request), moment=timezone.now(), role=role, phone=phone)
        if phone is None:
            # Shown once, on the next page, because only its hash is stored.
            request.session["given_code"] = code
        else:
            messages.success(request, _("The owner of this number finds the invitation on their family page."))

    return _done(request, InviteForm(request.POST), send)


@require_POST
@auth.member_required
def join(request: HttpRequest) -> HttpResponse:
    """Join by a code, or accept or decline an invitation to the member."""
    person, moment = auth.me(request), timezone.now()
    if "decline" in request.POST:
        number = posted_id(request.POST, "decline")
        return _done(
            request,
            None,
            lambda _data: families.decline_invitation(person=person, moment=moment, invitation_id=number),
        )
    if "accept" in request.POST:
        number = posted_id(request.POST, "accept")
        return _done(
            request,
            None,
            lambda _data: families.accept_invitation(person=person, moment=moment, invitation_id=number),
        )
    form = SpokenCodeForm(request.POST)
    return _done(
        request, form, lambda data: families.accept_invitation(person=person, moment=moment, token=data["code"])
    )


@require_POST
@auth.member_required
def leave(request: HttpRequest) -> HttpResponse:
    return _done(request, None, lambda _data: families.leave(person=auth.me(request), moment=timezone.now()))


@require_POST
@auth.member_required
def remove(request: HttpRequest) -> HttpResponse:
    def end_place(_data: dict[str, Any]) -> None:
        person = User.objects.filter(pk=posted_id(request.POST, "member")).first()
        if person is None:
            raise NoFamily
        families.remove(by=auth.me(request), person=person, moment=timezone.now())

    return _done(request, None, end_place)


@require_POST
@auth.member_required
def set_caps(request: HttpRequest) -> HttpResponse:
    return _done(request, CapsForm(request.POST), lambda data: families.set_gift_caps(by=auth.me(request), **data))


def _done(request: HttpRequest, form: Form | None, act: Callable[[dict[str, Any]], object]) -> HttpResponse:
    """Validate, act, and return to the page with the refusal if there is one."""
    if form is not None and not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
        return redirect("family")
    try:
        act(form.cleaned_data if form else {})
    except FamilyRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("family")
