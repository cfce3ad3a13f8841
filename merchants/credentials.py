"""Giving keys to partner systems and taking them back."""

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
    """For secrets that a machine drew.

    A single round, because 128 random characters cannot be guessed; the rounds that protect people's passwords would
    make every token request cost a quarter of a second of processor time, which is a way to stop the server.
    """

    algorithm = "pbkdf2_sha256_random"
    iterations = 1


class UnknownScope(ValueError):
    """The credential was to be given a scope that does not exist."""


def issue(*, merchant_id: int, name: str, scopes: Sequence[str] = tuple(SCOPES)) -> tuple[PartnerCredential, str]:
    """A new credential and its secret in the clear, which nobody can show again. Raises UnknownScope."""
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
    """Stop the credential and all its tokens, from the next request on. Doing it twice changes nothing."""
    with transaction.atomic():
        PartnerCredential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=moment)
        get_access_token_model().objects.filter(application_id=credential.pk).delete()
        transaction.on_commit(partner_tokens.forget_all)
