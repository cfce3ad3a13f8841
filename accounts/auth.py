"""The visitor or signed-in member of a request."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.adapter import get_adapter

# Not public, but the library's only entry point that runs its login stages (TOTP) and records the session.
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_login,
    record_authentication,
)
from allauth.account.models import Login
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts import devices, queries
from accounts.models import User
from accounts.operations.sign_in import Visitor

P = ParamSpec("P")
FRESH_FOR_SECONDS = 600
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def visitor(request: HttpRequest) -> Visitor:
    return Visitor(address=get_adapter().get_client_ip(request), known_accounts=devices.known_accounts(request))


def sign_in(request: HttpRequest, person: User, *, method: str, next_url: str | None = None) -> HttpResponse:
    """Open a session, after the second factor if the person has one. Returns the redirect."""
    record_authentication(request, person, method=method)
    return cast(HttpResponse, perform_login(request, Login(user=person, redirect_url=next_url)))


def me(request: HttpRequest) -> User:
    """The signed-in member; only for views with `member_required`."""
    return cast(User, request.user)


def member_required(view: View[P]) -> View[P]:
    """Requires a sign-in; redirects a child whose guardian has not agreed to the guardian page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if queries.waits_for_guardian(me(request), moment=timezone.now()):
            return redirect("guardian")
        return view(request, *args, **kwargs)

    return cast(View[P], login_required(guarded))


def note_proof(request: HttpRequest, *, method: str) -> None:
    """Record that the person proved their identity again, for `fresh_proof_required` and the library's own pages."""
    record_authentication(request, me(request), method=method, reauthenticated=True)


def fresh_proof_required(view: View[P]) -> View[P]:
    """Inside `member_required`: requires a sign-in or a proof at most ten minutes old, else redirects to a proof.

    The finder of an unlocked device must not be able to export the data or close the account.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        records = get_authentication_records(request, request.user)
        proven_at = max((record["at"] for record in records), default=0.0)
        if timezone.now().timestamp() - proven_at < FRESH_FOR_SECONDS:
            return view(request, *args, **kwargs)
        # A POST body is not stored: the person returns to the page and presses the button again.
        back = request.path if request.method == "GET" else reverse("privacy")
        return redirect(f"{reverse('confirm')}?{urlencode({REDIRECT_FIELD_NAME: back})}")

    return cast(View[P], guarded)


def safe_next(request: HttpRequest) -> str | None:
    """The address requested for after the sign-in, if it is on this site."""
    address = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if address and is_ours else None
