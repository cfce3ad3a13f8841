"""Personal data at rest: sealed with AES-256-GCM, found by a keyed blind index, erased by deleting a key.

A `KeyRing` holds master keys, the newest first: it seals and indexes with the newest and still opens and finds values
of older ones. One person's data is sealed with a data key of that person, which the ring wraps; once the wrapped data
key is deleted, nobody can open that person's data, wherever a copy of it lies.

Sealed bytes are key id (4) ‖ nonce (12) ‖ ciphertext and tag. A `context` binds them to their row: they do
not open in another row. Sources: NIST SP 800-38D (GCM), RFC 5869 (HKDF), RFC 2104 (HMAC).
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 4
INDEX_BYTES = 32
MIN_MASTER_CHARACTERS = 32


class CannotOpen(Exception):
    """The key is gone, or these bytes were not sealed for this place."""


class NoKeys(Exception):
    """HONGMI_FIELD_KEYS names no key of at least 32 characters."""


@dataclass(frozen=True, repr=False)
class DataKey:
    """The key of one person's data. Short-lived in memory; at rest only wrapped."""

    secret: bytes

    @classmethod
    def draw(cls) -> "DataKey":
        return cls(os.urandom(KEY_BYTES))

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        return _seal(self.secret, plain, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Raises CannotOpen."""
        return _open(self.secret, sealed, context)


@dataclass(frozen=True, repr=False)
class _Master:
    key_id: bytes
    sealing: bytes
    indexing: bytes

    @classmethod
    def derive(cls, secret: str) -> "_Master":
        if len(secret) < MIN_MASTER_CHARACTERS:
            raise NoKeys
        return cls(
            key_id=_derive(secret, b"hongmi field key id")[:KEY_ID_BYTES],
            sealing=_derive(secret, b"hongmi field sealing"),
            indexing=_derive(secret, b"hongmi field index"),
        )


class KeyRing:
    """The master keys, the newest first. Raises NoKeys without one."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise NoKeys
        self._masters = [_Master.derive(secret) for secret in secrets]

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        master = self._masters[0]
        return master.key_id + _seal(master.sealing, plain, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Raises CannotOpen."""
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        for master in self._masters:
            if master.key_id == key_id:
                return _open(master.sealing, rest, context)
        raise CannotOpen

    def wrap(self, key: DataKey, *, context: bytes) -> bytes:
        return self.seal(key.secret, context=b"data key:" + context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> DataKey:
        """Raises CannotOpen."""
        return DataKey(self.open(wrapped, context=b"data key:" + context))

    def is_sealed_by_newest(self, sealed: bytes) -> bool:
        return sealed[:KEY_ID_BYTES] == self._masters[0].key_id

    def index(self, value: str, *, purpose: str) -> bytes:
        """The blind index of `value` under the newest key, for writing; it reveals nothing without the key."""
        return _index(self._masters[0], value, purpose)

    def indexes(self, value: str, *, purpose: str) -> list[bytes]:
        """One index per key of the ring, for finding: a row may have been written under an older key."""
        return [_index(master, value, purpose) for master in self._masters]


def ring() -> KeyRing:
    """The ring of this installation (settings.HONGMI_FIELD_KEYS)."""
    return _ring(tuple(settings.HONGMI_FIELD_KEYS))


@lru_cache(maxsize=8)
def _ring(secrets: tuple[str, ...]) -> KeyRing:
    return KeyRing(secrets)


def _seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def _index(master: _Master, value: str, purpose: str) -> bytes:
    # A key for each purpose, so that one number has unrelated indexes in unrelated tables.
    key = hmac.new(master.indexing, purpose.encode(), hashlib.sha256).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).digest()


def _derive(secret: str, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret.encode())
