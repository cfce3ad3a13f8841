"""What a voucher code looks like. Pure: 20 characters of Crockford's base 32, drawn by a machine, are 100 bits."""

import hashlib
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 20
_ALIKE: Final = str.maketrans("OIL", "011")


def draw_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As people read it: `7GQ2M-…`."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def normal(typed: str) -> str | None:
    """The code that was meant: without dashes and spaces, O read as 0, I and L as 1. None for what is no code."""
    code = "".join(typed.split()).replace("-", "").upper().translate(_ALIKE)
    return code if len(code) == LENGTH and all(letter in ALPHABET for letter in code) else None


def digest(code: str) -> bytes:
    """What is kept of it. Plain SHA-256 is enough, because 100 random bits are not guessed."""
    return hashlib.sha256(code.encode()).digest()
