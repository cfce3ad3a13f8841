"""Which merchant a partner system speaks for, and what it may do."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hongmi.lib import problems, rls, throttling
from merchants.models import MerchantStatus

log = structlog.get_logger(__name__)

# How long a withdrawn token could live on if word of it never reached the cache.
CACHE_SECONDS = 20
EPOCH = "partner-token-epoch"
# An exiting merchant issues no more points, but takes returns and lets points be spent (SPEC D10).
SPEAKING_STATUSES = (MerchantStatus.LIVE, MerchantStatus.EXITING)

problems.register("scope_missing", 403, gettext_lazy("This credential lacks the scope"))
problems.register("merchant_not_active", 403, gettext_lazy("The merchant is not active"))


@dataclass(frozen=True)
class Partner:
    """`request.auth` of the partner API: one credential of one merchant."""

    credential_id: int
    merchant_id: int
    scopes: frozenset[str]
    expires_at: datetime

    @property
    def throttle_key(self) -> str:
        return f"credential:{self.credential_id}"


def merchant_of(request: Request) -> int:
    """The merchant that a request speaks for, once HasScope has let it in."""
    partner = request.auth
    assert isinstance(partner, Partner)
    return partner.merchant_id


class PartnerAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer …`, and only that: a token in an address ends up in logs."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Partner] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Send one bearer token."))
        caller = throttling.caller_at(request._request)
        return AnonymousUser(), partner_of(words[1], caller=caller, moment=timezone.now())

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def partner_of(token: bytes, *, caller: str, moment: datetime) -> Partner:
    """Who holds `token`. Raises AuthenticationFailed for an unknown, expired or revoked one, Problem
    `merchant_not_active` while the merchant may not speak, and Throttled when `caller` brought too many wrong ones.
    """
    checksum = _checksum(token)
    partner, epoch, is_known = _remembered(checksum)
    if partner is None:
        # Not of a token that we gave out, because who guesses from the same address must not keep a till from booking.
        if not is_known:
            _stop_guesses(caller)
        try:
            partner = _looked_up(checksum, moment)
        except (AuthenticationFailed, problems.Problem):
            if is_known:
                _forget(checksum)
            raise
        _remember(checksum, partner, epoch)
        if not is_known:
            expect(token)
    if partner.expires_at <= moment:
        raise AuthenticationFailed(_("The access token has expired; fetch a new one."))
    return partner


def expect(token: bytes) -> None:
    """Remember, as long as it may live, that we gave this token out: looking it up is not rationed."""
    try:
        cache.set(_known_key(_checksum(token)), True, timeout=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def forget_partners() -> None:
    """Every token is asked of the database again: when a credential is revoked or a merchant's status changes. Call
    after commit.

    A new epoch and not a deletion, because a request that read the old state just before the commit may remember it
    just after; what it writes then belongs to an epoch that is over.
    """
    try:
        cache.set(EPOCH, uuid4().hex, timeout=None)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def _stop_guesses(caller: str) -> None:
    """Each unknown token costs a query; so they are counted as refusals, and the count is asked before the database."""
    left = throttling.peek(scope=throttling.REFUSED, caller=caller)
    if not left.is_allowed:
        raise Throttled(wait=left.reset_seconds)


def _looked_up(checksum: str, moment: datetime) -> Partner:
    found = (
        get_access_token_model()
        .objects.filter(token_checksum=checksum, expires__gt=moment, application__revoked_at=None)
        .values_list("application_id", "application__merchant_id", "application__merchant__status", "scope", "expires")
        .first()
    )
    if found is None:
        raise AuthenticationFailed(_("The access token is unknown, expired or revoked."))
    credential_id, merchant_id, status, scope, expires_at = found
    if status not in SPEAKING_STATUSES:
        raise problems.Problem("merchant_not_active")
    return Partner(credential_id, merchant_id, frozenset(scope.split()), expires_at)


def _remembered(checksum: str) -> tuple[Partner | None, str | None, bool]:
    """The partner, if the cache knows one of this epoch; the epoch; and whether the token was one of ours before."""
    key, known_key = _cache_key(checksum), _known_key(checksum)
    try:
        kept = cache.get_many([key, EPOCH, known_key])
    except RedisError as error:
        # Without Redis the database answers: slower, but the tills go on.
        log.warning("token_cache_failed", error=type(error).__name__)
        return None, None, False
    epoch = kept.get(EPOCH)
    partner, known_in = kept.get(key, (None, epoch))
    return (partner if known_in == epoch else None), epoch, known_key in kept


def _remember(checksum: str, partner: Partner, epoch: str | None) -> None:
    try:
        cache.set(_cache_key(checksum), (partner, epoch), timeout=CACHE_SECONDS)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def _forget(checksum: str) -> None:
    """It opens nothing any more, so looking it up again is rationed like any wrong one."""
    try:
        cache.delete(_known_key(checksum))
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def _checksum(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()


def _cache_key(checksum: str) -> str:
    return f"partner-token:{checksum}"


def _known_key(checksum: str) -> str:
    return f"partner-token-known:{checksum}"


class HasScope(BasePermission):
    """Asks the view's `required_scopes` (method → scope); a view that states none serves nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            # The method is refused next, with 405; OPTIONS too, which every view of the library has.
            return True
        scope = required_scope(view, method)
        if not isinstance(request.auth, Partner):
            return False
        if scope not in request.auth.scopes:
            raise problems.Problem("scope_missing", _("Needed: %(scope)s.") % {"scope": scope})
        rls.restrict_to([request.auth.merchant_id])
        return True


def required_scope(view: Any, method: str) -> str:
    """The scope that `method` of `view` needs. Raises ImproperlyConfigured when the view does not say."""
    scopes: dict[str, str] = getattr(view, "required_scopes", {})
    if method not in scopes:
        raise ImproperlyConfigured(f"{type(view).__name__} states no scope for {method}")
    return scopes[method]
