"""Accounts that a device signed in to before, in a signed cookie, so that known devices pass when others are paused.

The cookie is no credential: signing in still needs a code, card or password.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

COOKIE = "hongmi_device"
SALT = "accounts.devices"
MAX_AGE_SECONDS = 400 * 24 * 3600
MAX_ACCOUNTS = 5


def known_accounts(request: HttpRequest) -> list[UUID]:
    """`public_id` of each, the last one first."""
    try:
        accounts = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return []
    return [UUID(account) for account in accounts]


def remember(request: HttpRequest, response: HttpResponseBase, account: UUID) -> None:
    others = [known for known in known_accounts(request) if known != account]
    accounts = [str(known) for known in [account, *others][:MAX_ACCOUNTS]]
    response.set_cookie(
        COOKIE,
        signing.dumps(accounts, salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
