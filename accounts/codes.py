"""Codes that people read, type or have scanned: SMS codes, PINs, card numbers with their check digit."""

import hashlib
import secrets
from itertools import pairwise

SMS_CODE_DIGITS = 6
PIN_DIGITS = 6
CARD_PREFIX = "68"
# Of member codes on screens, different from cards, so that a scanner never confuses the two.
MEMBER_CODE_PREFIX = "67"
CARD_DIGITS = 16
SPOKEN_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SPOKEN_LENGTH = 12


def draw_sms_code() -> str:
    return _draw_digits(SMS_CODE_DIGITS)


def draw_card_number() -> str:
    """16 digits: our prefix, 13 drawn ones, and the check digit of ISO/IEC 7812-1 (Luhn)."""
    return _draw_number(CARD_PREFIX)


def draw_member_code() -> str:
    """16 digits like a card number, with the prefix of member codes: 10^13 codes, each valid for a minute."""
    return _draw_number(MEMBER_CODE_PREFIX)


def draw_pin() -> str:
    """Six digits that are not among those thieves try first."""
    while is_guessable_pin(pin := _draw_digits(PIN_DIGITS)):
        pass
    return pin


def draw_spoken_code() -> str:
    """Twelve unambiguous characters (60 bits) in groups of four, typed by hand, so never part of a URL."""
    drawn = "".join(secrets.choice(SPOKEN_ALPHABET) for _ in range(SPOKEN_LENGTH))
    return "-".join(drawn[at : at + 4] for at in range(0, SPOKEN_LENGTH, 4))


def normal_spoken_code(typed: str) -> str:
    """The code without spaces and dashes, in upper case."""
    return "".join(character for character in typed.upper() if character in SPOKEN_ALPHABET)


def spoken_code_hash(typed: str) -> bytes:
    """The stored hash. Without a key, because 60 random bits cannot be guessed from a hash."""
    return hashlib.sha256(normal_spoken_code(typed).encode()).digest()


def check_digit(body: str) -> str:
    """The digit that makes `body` followed by it pass the Luhn test (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_card_number(typed: str) -> bool:
    return (
        len(typed) == CARD_DIGITS
        and typed.isascii()
        and typed.isdigit()
        and typed.startswith(CARD_PREFIX)
        and check_digit(typed[:-1]) == typed[-1]
    )


def is_guessable_pin(pin: str) -> bool:
    """Whether thieves try it first: one digit repeated, a run up or down, or a pair or triple repeated."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == pin[:width] * (len(pin) // width) for width in (1, 2, 3))
    return repeats or steps in ({1}, {9})


def _draw_number(prefix: str) -> str:
    body = prefix + _draw_digits(CARD_DIGITS - len(prefix) - 1)
    return body + check_digit(body)


def _draw_digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
