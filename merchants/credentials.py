"""Issuing and revoking credentials of partner systems."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model

from merchants import partner_tokens
from merchants.models import PartnerCredential
from merchants.scopes import SCOPES


class RandomSecretHasher(PBKDF2PasswordHasher):
    """Hasher for randomly generated secrets, with a single round.

    128 random characters cannot be guessed. The rounds for people's passwords would make every token request cost a
    quarter of a second of processor time, which allows a denial of service.
    """

    algorithm = "pbkdf2_sha256_random"
    iterations = 1


class UnknownScope(ValueError):
    """A requested scope does not exist."""


def issue(*, merchant_id: int, name: str, scopes: Sequence[str] = tuple(SCOPES)) -> tuple[PartnerCredential, str]:
    """A new credential and its secret in clear, which cannot be shown again. Raises UnknownScope."""
    if unknown := set(scopes) - set(SCOPES):
        raise UnknownScope(", ".join(sorted(unknown)))
    secret = generate_client_secret()
    credential = PartnerCredential.objects.create(
        merchant_id=merchant_id,
        name=name,
        scopes=list(scopes),
        client_type=PartnerCredential.CLIENT_CONFIDENTIAL,
        authorization_grant_type=PartnerCredential.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    return credential, secret


def revoke(credential: PartnerCredential, *, moment: datetime) -> None:
    """Refuse the credential and all its tokens from the next request on. Repeating it changes nothing."""
    with transaction.atomic():
        PartnerCredential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=moment)
        get_access_token_model().objects.filter(application_id=credential.pk).delete()
        transaction.on_commit(partner_tokens.forget_all)


def purge_tokens(*, moment: datetime) -> int:
    """Delete access tokens that have expired; returns how many."""
    deleted, _ = get_access_token_model().objects.filter(expires__lt=moment).delete()
    return int(deleted)
