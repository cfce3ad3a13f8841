"""Voucher codes: 20 random characters of Crockford's base 32, which are 100 bits. Pure."""

import hashlib
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 20
_ALIKE: Final = str.maketrans("OIL", "011")


def draw_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """The code as displayed: `7GQ2M-…`."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def normal(typed: str) -> str | None:
    """A typed code without dashes and spaces, O read as 0, I and L as 1. None if it is no code."""
    code = "".join(typed.split()).replace("-", "").upper().translate(_ALIKE)
    return code if len(code) == LENGTH and all(character in ALPHABET for character in code) else None


def digest(code: str) -> bytes:
    """The SHA-256 by which a code is found. No salt is needed for 100 random bits."""
    return hashlib.sha256(code.encode()).digest()
