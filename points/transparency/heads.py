"""Signed tree heads: the programme's statement of its tree at a moment, under its key.

The signed text is a checkpoint of the public C2SP form (c2sp.org/tlog-checkpoint), so that witnesses made for other
logs can read it, with two extra lines:

    hongmi.example/points
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    timestamp 2026-11-22T04:05:06.000000Z
    horizon 2026-11-22T04:05:01.250000Z

that is the origin (which log), the tree size, the root in base64, when the head was signed, and the horizon: every
act recorded before it is in the tree. `note` adds the signature line of c2sp.org/signed-note; inside a receipt the
same head is a JSON object. Both carry one Ed25519 signature over the text.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from points.transparency import canonical

ED25519_NOTE = b"\x01"  # the signature type of c2sp.org/signed-note


class MalformedHead(ValueError):
    """The object or the note is no signed head."""


@dataclass(frozen=True, kw_only=True)
class Head:
    origin: str
    tree_size: int
    root_hash: bytes
    timestamp: datetime
    horizon: datetime

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[!-*,-~]+", self.origin):
            raise MalformedHead("an origin is ASCII without spaces or plus signs, such as hongmi.example/points")
        if self.tree_size < 0 or len(self.root_hash) != 32:
            raise MalformedHead("a head has a size of 0 or more and a root of 32 bytes")

    def text(self) -> str:
        lines = (
            self.origin,
            str(self.tree_size),
            base64.b64encode(self.root_hash).decode(),
            f"timestamp {canonical.instant(self.timestamp)}",
            f"horizon {canonical.instant(self.horizon)}",
        )
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    head: Head
    key_id: str
    signature: bytes


def key_id(public_key: Ed25519PublicKey) -> str:
    """The first 8 bytes of SHA-256 over the raw public key, in hex."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:16]


def sign(head: Head, key: Ed25519PrivateKey) -> SignedHead:
    return SignedHead(head=head, key_id=key_id(key.public_key()), signature=key.sign(head.text().encode()))


def is_signed_by(signed: SignedHead, public_key: Ed25519PublicKey) -> bool:
    if signed.key_id != key_id(public_key):
        return False
    try:
        public_key.verify(signed.signature, signed.head.text().encode())
    except InvalidSignature:
        return False
    return True


def to_object(signed: SignedHead) -> dict[str, str]:
    """The head as an object inside a receipt."""
    return {
        "origin": signed.head.origin,
        "tree_size": str(signed.head.tree_size),
        "root_hash": signed.head.root_hash.hex(),
        "timestamp": canonical.instant(signed.head.timestamp),
        "horizon": canonical.instant(signed.head.horizon),
        "key_id": signed.key_id,
        "signature": signed.signature.hex(),
    }


def from_object(fields: Mapping[str, str]) -> SignedHead:
    """Raises MalformedHead unless `to_object` would write exactly these fields."""
    try:
        signed = SignedHead(
            head=Head(
                origin=fields["origin"],
                tree_size=int(fields["tree_size"]),
                root_hash=bytes.fromhex(fields["root_hash"]),
                timestamp=datetime.fromisoformat(fields["timestamp"]),
                horizon=datetime.fromisoformat(fields["horizon"]),
            ),
            key_id=fields["key_id"],
            signature=bytes.fromhex(fields["signature"]),
        )
        exact = to_object(signed) == dict(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedHead("not a signed head") from error
    if not exact:
        raise MalformedHead("a signed head has one spelling, and this is another")
    return signed


def note(signed: SignedHead, public_key: Ed25519PublicKey) -> str:
    """The head as a signed note, for publishing outside: the text, an empty line, the signature line."""
    stamped = base64.b64encode(_note_key_hash(signed.head.origin, public_key) + signed.signature).decode()
    return f"{signed.head.text()}\n— {signed.head.origin} {stamped}\n"


def verifier_key(origin: str, public_key: Ed25519PublicKey) -> str:
    """The public key in the form that readers of signed notes expect: origin+hash+key."""
    encoded = base64.b64encode(ED25519_NOTE + public_key.public_bytes_raw()).decode()
    return f"{origin}+{_note_key_hash(origin, public_key).hex()}+{encoded}"


def _note_key_hash(origin: str, public_key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + ED25519_NOTE + public_key.public_bytes_raw()).digest()[:4]
