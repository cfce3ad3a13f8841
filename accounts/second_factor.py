"""Secrets of the second factor, sealed at rest by the key ring, because their reader could generate every code."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from hongmi.lib import field_crypto

CONTEXT = b"second factor"
SECRETS = ("secret", "seed")  # of TOTP, of recovery codes


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return base64.b64encode(field_crypto.ring().seal(text.encode(), context=CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises CannotOpen when the ring lacks the key."""
        return field_crypto.ring().open(base64.b64decode(encrypted_text), context=CONTEXT).decode()


def reseal() -> int:
    """Seal secrets of older keys with the newest key; returns the number of authenticators changed."""
    ring, adapter, changed = field_crypto.ring(), MFAAdapter(), 0
    with transaction.atomic():
        for stored in Authenticator.objects.select_for_update().filter(data__has_any_keys=SECRETS):
            old = [name for name in SECRETS if name in stored.data and not _is_newest(ring, stored.data[name])]
            for name in old:
                stored.data[name] = adapter.encrypt(adapter.decrypt(stored.data[name]))
            if old:
                stored.save(update_fields=["data"])
                changed += 1
    return changed


def _is_newest(ring: field_crypto.KeyRing, sealed: str) -> bool:
    return ring.is_sealed_by_newest(base64.b64decode(sealed))
