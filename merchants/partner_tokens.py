"""Cache of partners by the digest of their access token, which saves a query per request.

Without Redis the database answers each time: slower, but shops can go on booking.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog
from django.core.cache import cache
from oauth2_provider.settings import oauth2_settings
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# How long a revoked token may still be accepted when the message to the cache was lost.
CACHE_SECONDS = 20
EPOCH = "partner-token-epoch"


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


def checksum_of(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()


def expect(checksum: str) -> None:
    """Note, for as long as it may be valid, that we issued this token: looking it up is not rate limited."""
    try:
        cache.set(_known_key(checksum), True, timeout=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def find(checksum: str) -> tuple[Partner | None, str | None, bool]:
    """The partner, if one is remembered in this epoch; the epoch; and whether the token is known as one of ours."""
    key, known_key = _cache_key(checksum), _known_key(checksum)
    try:
        found = cache.get_many([key, EPOCH, known_key])
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)
        return None, None, False
    epoch = found.get(EPOCH)
    partner, known_in = found.get(key, (None, epoch))
    return (partner if known_in == epoch else None), epoch, known_key in found


def remember(checksum: str, partner: Partner, epoch: str | None) -> None:
    try:
        cache.set(_cache_key(checksum), (partner, epoch), timeout=CACHE_SECONDS)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def forget(checksum: str) -> None:
    """The token is no longer valid, so looking it up again is rate limited like any wrong one."""
    try:
        cache.delete(_known_key(checksum))
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def forget_all() -> None:
    """Look every token up again, after a credential was revoked or a merchant's status changed. Call after commit.

    A new epoch and not a deletion, because a request that read the old state just before the commit may remember it
    just after; its entry belongs to an epoch that is over.
    """
    try:
        cache.set(EPOCH, uuid4().hex, timeout=None)
    except RedisError as error:
        log.warning("token_cache_failed", error=type(error).__name__)


def _cache_key(checksum: str) -> str:
    return f"partner-token:{checksum}"


def _known_key(checksum: str) -> str:
    return f"partner-token-known:{checksum}"
