"""Who is asking: the visitor at the door, and the member inside."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.adapter import get_adapter

# Not part of the library's public face, yet the one door behind which its stages (TOTP) and sessions stand.
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import devices, operations, queries
from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def visitor(request: HttpRequest) -> operations.Visitor:
    return operations.Visitor(
        address=get_adapter().get_client_ip(request), known_accounts=devices.known_accounts(request)
    )


def sign_in(request: HttpRequest, person: User, *, method: str, next_url: str | None = None) -> HttpResponse:
    """Open a session; where the person has a second factor it is asked first. The answer is where to go."""
    record_authentication(request, person, method=method)
    return cast(HttpResponse, perform_login(request, Login(user=person, redirect_url=next_url)))


def me(request: HttpRequest) -> User:
    """The member asking; only behind `member_required`."""
    return cast(User, request.user)


def member_required(view: View[P]) -> View[P]:
    """Signed in, and not a child whose guardian has not agreed yet: such a child sees one page only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if queries.waits_for_guardian(me(request), moment=timezone.now()):
            return redirect("guardian")
        return view(request, *args, **kwargs)

    return cast(View[P], login_required(guarded))
