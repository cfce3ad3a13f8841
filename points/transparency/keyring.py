"""The keys of the seal: the one that signs today and all whose heads still verify.

Production sets the private key as HONGMI_SEAL_KEY. Where none is given, one is made in the state directory on
first use (`seal.key`, 0600) so that a demo needs no ceremony. Public keys, one in hex a line, collect in
`seal.pub`: rotating is replacing the private key, and the old line stays, because receipts that members hold were
signed with it. That file is also what `python -m points.verify --key` reads.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from points.transparency import heads

PRIVATE_FILE = "seal.key"
PUBLIC_FILE = "seal.pub"
KEY_BYTES = 32


class UnusableKey(ValueError):
    """A key that is not 32 bytes in hex or base64."""


@dataclass(frozen=True)
class Keyring:
    current: Ed25519PrivateKey
    public_keys: dict[str, Ed25519PublicKey] = field(default_factory=dict)

    def verifies(self, signed: heads.SignedHead) -> bool:
        """Under the current key or a retired one; a head of an unknown key is foreign."""
        public_key = self.public_keys.get(signed.key_id)
        return public_key is not None and heads.is_signed_by(signed, public_key)


def keyring(current: Ed25519PrivateKey, retired: Iterable[Ed25519PublicKey] = ()) -> Keyring:
    all_keys = (*retired, current.public_key())
    return Keyring(current=current, public_keys={heads.key_id(each): each for each in all_keys})


def load(folder: Path, *, seed: str = "", retired: Iterable[str] = ()) -> Keyring:
    """The keyring of this installation.

    `seed` is the private key (32 bytes in hex or base64), empty for the one in `folder`, which is made if there is
    none. `retired` are public keys in hex beside those in `folder`. Raises UnusableKey.
    """
    folder.mkdir(parents=True, exist_ok=True)
    private_text = seed or _read_or_made(folder / PRIVATE_FILE)
    current = Ed25519PrivateKey.from_private_bytes(key_bytes(private_text))
    public_file = folder / PUBLIC_FILE
    known = public_file.read_text().split() if public_file.exists() else []
    own = current.public_key().public_bytes_raw().hex()
    if own not in known:
        with public_file.open("a") as lines:
            lines.write(f"{own}\n")
    texts = dict.fromkeys((*known, *retired))
    return keyring(current, [Ed25519PublicKey.from_public_bytes(key_bytes(each)) for each in texts])


def _read_or_made(path: Path) -> str:
    """The seed in the file. Two processes may start at once: each links a whole file into place, the first one wins."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def key_bytes(text: str) -> bytes:
    """The key written in 64 hex digits or base64. Raises UnusableKey."""
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise UnusableKey("a seal key is 32 bytes in hex or base64") from error
    if len(key) != KEY_BYTES:
        raise UnusableKey("a seal key is 32 bytes in hex or base64")
    return key
