"""Access to the console: a second factor for powerful roles, and row-level security for staff of merchants."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from hongmi.lib import rls
from merchants import permissions
from merchants.models import Staff, StaffRole

# Not cashiers and read-only staff, because they can neither move points nor invite others.
NEED_SECOND_FACTOR = (StaffRole.OWNER, StaffRole.MANAGER, StaffRole.FINANCE)


class ConsoleAccessMiddleware:
    """Runs after the session middleware, because it reads the user; concerns only URLs of the console."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(f"/{settings.CONSOLE_PATH}"):
            return self.get_response(request)
        if isinstance(request.user, User):
            if settings.CONSOLE_SECOND_FACTOR and _lacks_second_factor(request.user):
                return redirect("mfa_activate_totp")
            held = permissions.of(request.user)
            if not held.is_all and not held.everywhere:
                rls.restrict_to(held.at)
        elif settings.CONSOLE_SECOND_FACTOR:
            # Because the console's own sign-in page checks only the password.
            return redirect(f"{reverse('account_password')}?{urlencode({'next': request.path})}")
        return self.get_response(request)


def _lacks_second_factor(person: User) -> bool:
    if not _needs_second_factor(person):
        return False
    return not Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def _needs_second_factor(person: User) -> bool:
    if person.is_superuser or person.platform_role:
        return True
    return Staff.objects.filter(user=person, is_active=True, role__in=NEED_SECOND_FACTOR).exists()
