"""Which accounts a device signed in to before: a signed cookie, so that they pass when strangers must wait.

It opens nothing: a code, card or password is asked all the same.
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
        told = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return []
    return [UUID(account) for account in told]


def remember(request: HttpRequest, response: HttpResponseBase, account: UUID) -> None:
    others = [known for known in known_accounts(request) if known != account]
    told = [str(known) for known in [account, *others][:MAX_ACCOUNTS]]
    response.set_cookie(
        COOKIE,
        signing.dumps(told, salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
