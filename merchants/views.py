"""The member's own pages about merchants: memberships, member code, jobs."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import auth
from accounts.forms import SpokenCodeForm
from hongmi.lib.errors import DomainError
from merchants import member_codes, queries
from merchants.errors import NotAMember
from merchants.forms.members import JoinForm, MerchantForm, SpendForm
from merchants.operations import memberships, staff


@never_cache
@require_safe
@auth.member_required
def welcome(request: HttpRequest) -> HttpResponse:
    """The redirect after a sign-in: first to memberships that wait for consent."""
    if queries.waits_for_consent(member_id=auth.me(request).pk):
        return redirect("my_merchants")
    return redirect(settings.WELCOME_URL)


@never_cache
@require_safe
@auth.member_required
def my_merchants(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    memberships = queries.memberships_of(member_id=person.pk)
    others = queries.merchants_to_join(member_id=person.pk)
    without_consent = {one.merchant_id for one in memberships if not one.consented_at}
    terms = queries.current_terms_of(merchant_ids={merchant.pk for merchant in others} | without_consent)
    context = {
        # Each with the agreed version, or else the current one.
        "memberships": [(one, one.terms if one.consented_at else terms.get(one.merchant_id)) for one in memberships],
        "others": [(merchant, terms.get(merchant.pk)) for merchant in others],
    }
    return render(request, "merchants/my_merchants.html", context)


@require_POST
@auth.member_required
def join_merchant(request: HttpRequest) -> HttpResponse:
    """Join a merchant, or consent to a pending membership."""
    form = JoinForm(request.POST)
    merchant = queries.merchant_by_code(form.cleaned_data["merchant"]) if form.is_valid() else None
    if merchant is not None:
        try:
            memberships.join(
                merchant_id=merchant.pk,
                member_id=auth.me(request).pk,
                moment=timezone.now(),
                read_version=form.cleaned_data["version"],
            )
            messages.success(request, _("You are a member of %(merchant)s now.") % {"merchant": merchant})
        except DomainError as refusal:
            messages.error(request, refusal.message)
    return redirect("my_merchants")


@require_POST
@auth.member_required
def leave_merchant(request: HttpRequest) -> HttpResponse:
    form = MerchantForm(request.POST)
    merchant = queries.merchant_by_code(form.cleaned_data["merchant"]) if form.is_valid() else None
    if merchant is not None:
        try:
            memberships.leave(merchant_id=merchant.pk, member_id=auth.me(request).pk, moment=timezone.now())
            messages.success(request, _("You left %(merchant)s. Your points stay yours.") % {"merchant": merchant})
        except NotAMember:
            messages.error(request, _("You were no member there."))
    return redirect("my_merchants")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@auth.member_required
def my_code(request: HttpRequest) -> HttpResponse:
    """A new code for each request; the page requests the next one before a minute is over.

    Only a POST sets a spend limit, because a URL could come from a poster or link, and the page refreshes by itself.
    """
    form = SpendForm(request.POST or None)
    limit = (form.cleaned_data["spend"] or 0) if form.is_valid() else 0
    shown = member_codes.show(member=auth.me(request), moment=timezone.now(), spend_limit=limit)
    # Safe, because we draw it from digits.
    qr = mark_safe(shown.qr_svg())  # noqa: S308
    groups = [shown.digits[at : at + 4] for at in range(0, len(shown.digits), 4)]
    seconds = member_codes.REFRESH.seconds
    context = {"shown": shown, "qr": qr, "groups": groups, "refresh_seconds": seconds, "form": form}
    template = "merchants/code_part.html" if request.headers.get("HX-Request") else "merchants/my_code.html"
    return render(request, template, context)


@never_cache
@require_safe
@auth.member_required
def my_work(request: HttpRequest) -> HttpResponse:
    """The member's jobs at merchants, and the form for an invitation code."""
    return render(request, "merchants/my_work.html", _work(request, SpokenCodeForm()))


@never_cache
@require_POST
@auth.member_required
def accept_place(request: HttpRequest) -> HttpResponse:
    form = SpokenCodeForm(request.POST)
    if form.is_valid():
        try:
            place = staff.accept(person=auth.me(request), code=form.cleaned_data["code"], moment=timezone.now())
        except DomainError as refusal:
            form.add_error("code", refusal.message)
        else:
            facts = {"merchant": place.merchant, "role": place.get_role_display()}
            messages.success(request, _("You work for %(merchant)s now: %(role)s.") % facts)
            return redirect("my_work")
    return render(request, "merchants/my_work.html", _work(request, form))


def _work(request: HttpRequest, form: SpokenCodeForm) -> dict[str, Any]:
    return {"places": queries.places_of(auth.me(request)), "form": form}
