"""Secrets of the second factor at rest: sealed by the key ring, because whoever reads them can make every code."""

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
    """What an older key sealed is sealed anew; answers how many people's secrets."""
    ring, adapter, changed = field_crypto.ring(), MFAAdapter(), 0
    with transaction.atomic():
        for kept in Authenticator.objects.select_for_update().filter(data__has_any_keys=SECRETS):
            old = [name for name in SECRETS if name in kept.data and not _is_newest(ring, kept.data[name])]
            for name in old:
                kept.data[name] = adapter.encrypt(adapter.decrypt(kept.data[name]))
            if old:
                kept.save(update_fields=["data"])
                changed += 1
    return changed


def _is_newest(ring: field_crypto.KeyRing, sealed: str) -> bool:
    return ring.is_sealed_by_newest(base64.b64decode(sealed))
