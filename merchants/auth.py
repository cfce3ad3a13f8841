"""Authentication of partner systems by access token, and their scopes."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauth2_provider.models import get_access_token_model
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hongmi.lib import problems, rls, throttling
from hongmi.lib.logs import requests as request_log
from merchants import partner_tokens
from merchants.models import MerchantStatus
from merchants.partner_tokens import Partner

# An exiting merchant issues no more points, but takes returns and lets points be spent (SPEC D10).
STATUSES_WITH_ACCESS = (MerchantStatus.LIVE, MerchantStatus.EXITING)

problems.register("scope_missing", 403, gettext_lazy("This credential lacks the scope"))
problems.register("merchant_not_active", 403, gettext_lazy("The merchant is not active"))


def merchant_of(request: Request) -> int:
    """The merchant of a request that HasScope admitted."""
    partner = request.auth
    assert isinstance(partner, Partner)
    return partner.merchant_id


class PartnerAuthentication(BaseAuthentication):
    """Reads only `Authorization: Bearer …`, because a token in a URL would be logged."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Partner] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("Send one bearer token."))
        caller = throttling.caller_at(request._request)
        partner = partner_of(parts[1], caller=caller, moment=timezone.now())
        request_log.bind_partner(merchant_id=partner.merchant_id, credential_id=partner.credential_id)
        return AnonymousUser(), partner

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def partner_of(token: bytes, *, caller: str, moment: datetime) -> Partner:
    """The holder of `token`. Raises AuthenticationFailed for an unknown, expired or revoked token, Problem
    `merchant_not_active` for a merchant without access, and Throttled after too many wrong tokens of `caller`.
    """
    checksum = partner_tokens.checksum_of(token)
    partner, epoch, is_known = partner_tokens.find(checksum)
    if partner is None:
        # Tokens that we issued are exempt, because guesses from the same address must not keep a shop from booking.
        if not is_known:
            _limit_guesses(caller)
        try:
            partner = _load(checksum, moment)
        except (AuthenticationFailed, problems.Problem):
            if is_known:
                partner_tokens.forget(checksum)
            raise
        partner_tokens.remember(checksum, partner, epoch)
        if not is_known:
            partner_tokens.expect(checksum)
    if partner.expires_at <= moment:
        raise AuthenticationFailed(_("The access token has expired; fetch a new one."))
    return partner


def _limit_guesses(caller: str) -> None:
    """Checks the count of refusals before the database, because each unknown token costs a query. Raises Throttled."""
    left = throttling.peek(scope=throttling.REFUSED, caller=caller)
    if not left.is_allowed:
        raise Throttled(wait=left.reset_seconds)


def _load(checksum: str, moment: datetime) -> Partner:
    found = (
        get_access_token_model()
        .objects.filter(token_checksum=checksum, expires__gt=moment, application__revoked_at=None)
        .values_list("application_id", "application__merchant_id", "application__merchant__status", "scope", "expires")
        .first()
    )
    if found is None:
        raise AuthenticationFailed(_("The access token is unknown, expired or revoked."))
    credential_id, merchant_id, status, scope, expires_at = found
    if status not in STATUSES_WITH_ACCESS:
        raise problems.Problem("merchant_not_active")
    return Partner(credential_id, merchant_id, frozenset(scope.split()), expires_at)


class HasScope(BasePermission):
    """Requires the scope of the view's `required_scopes` (method → scope); a view without one refuses everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            # The view refuses the method with 405; also OPTIONS, which every view of the library has.
            return True
        scope = required_scope(view, method)
        if not isinstance(request.auth, Partner):
            return False
        if scope not in request.auth.scopes:
            raise problems.Problem("scope_missing", _("Needed: %(scope)s.") % {"scope": scope})
        rls.restrict_to([request.auth.merchant_id])
        return True


def required_scope(view: Any, method: str) -> str:
    """The scope that `method` of `view` needs. Raises ImproperlyConfigured if the view declares none."""
    scopes: dict[str, str] = getattr(view, "required_scopes", {})
    if method not in scopes:
        raise ImproperlyConfigured(f"{type(view).__name__} declares no scope for {method}")
    return scopes[method]
