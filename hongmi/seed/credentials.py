"""Passwords of the demo's people and secrets of its partners, generated once and stored in files that only the owner
of the state directory can read; demo.json lists them for people and scripts."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts import codes, queries
from accounts.models import User
from hongmi.embedded import places
from hongmi.seed import personas
from merchants import credentials
from merchants.models import Merchant, PartnerCredential


class Passwords:
    """Passwords by sign-in name; a name that is not in the file gets one at once."""

    def __init__(self, file: Path, names: list[str]) -> None:
        self._file = file
        self._known = _read(file)
        self._new = [name for name in names if name not in self._known]
        if self._new:
            # 72 random bits, and short enough to be typed.
            self._known |= {name: secrets.token_urlsafe(9) for name in self._new}
            _write(file, self._known)

    def __getitem__(self, name: str) -> str:
        return str(self._known[name])

    def pin(self, name: str) -> str:
        """The PIN of the person's card, generated at the first call."""
        name_of_pin = f"{name} PIN"
        while name_of_pin not in self._known or codes.is_guessable_pin(self._known[name_of_pin]):
            self._known[name_of_pin] = f"{secrets.randbelow(10**codes.PIN_DIGITS):06d}"
        _write(self._file, self._known)
        return str(self._known[name_of_pin])

    def is_new(self, name: str) -> bool:
        return name in self._new


def partner_keys(file: Path, merchants: Mapping[str, Merchant]) -> list[dict[str, str]]:
    """One credential per merchant; a stored one is returned again while the database accepts it."""
    known: dict[str, dict[str, str]] = _read(file)
    usable = set(PartnerCredential.objects.filter(revoked_at=None).values_list("client_id", flat=True))
    missing = [code for code in merchants if known.get(code, {}).get("client_id") not in usable]
    for code in missing:
        credential, secret = credentials.issue(merchant_id=merchants[code].pk, name=f"{code} demo")
        known[code] = {"client_id": credential.client_id, "client_secret": secret}
        # After each, because an issued secret that was not written is lost.
        _write(file, known)
    return [{"merchant": code, **known[code]} for code in merchants]


def write_demo_file(file: Path, facts: Mapping[str, Any]) -> None:
    """Add the facts to demo.json and keep its other entries."""
    _write(file, _read(file) | dict(facts))


def sign_ins(passwords: Passwords, people: Mapping[str, User]) -> list[dict[str, str]]:
    """Role, sign-in name and password of everybody; for members also the phone number, or the card and PIN."""
    staff = [{"role": _role(one), "sign_in": one.sign_in, "password": passwords[one.sign_in]} for one in personas.STAFF]
    return staff + [_member(one, passwords, people[one.sign_in]) for one in personas.MEMBERS]


def _member(one: personas.DemoMember, passwords: Passwords, person: User) -> dict[str, str]:
    entry = {"role": one.life, "sign_in": one.sign_in, "password": passwords[one.sign_in]}
    if person.phone:
        return {**entry, "phone": person.phone.removeprefix("+86")}
    card = queries.open_card(person)
    return {**entry, "card": card.number, "pin": passwords.pin(one.sign_in)} if card else entry


def _role(staff: personas.DemoStaff) -> str:
    return f"{staff.merchant or 'platform'}: {staff.role.value}"


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}


def _write(file: Path, facts: Mapping[str, Any]) -> None:
    places.write_private(file, json.dumps(facts, ensure_ascii=False, indent=2))
