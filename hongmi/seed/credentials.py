"""What opens the demo's doors: people's passwords and partners' secrets, drawn once and kept where only the owner of
the state directory can read them; and demo.json, which tells them to people and scripts."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts import codes, queries
from accounts.models import User
from hongmi.embedded import places
from hongmi.seed import cast
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
        """Of the person's card; drawn at the first asking."""
        kept = f"{name} PIN"
        while kept not in self._known or codes.is_guessable_pin(self._known[kept]):
            self._known[kept] = f"{secrets.randbelow(10**codes.PIN_DIGITS):06d}"
        _write(self._file, self._known)
        return str(self._known[kept])

    def is_new(self, name: str) -> bool:
        return name in self._new


def partner_keys(file: Path, merchants: Mapping[str, Merchant]) -> list[dict[str, str]]:
    """One credential per merchant; the known ones again while the database still takes them."""
    known: dict[str, dict[str, str]] = _read(file)
    usable = set(PartnerCredential.objects.filter(revoked_at=None).values_list("client_id", flat=True))
    missing = [code for code in merchants if known.get(code, {}).get("client_id") not in usable]
    for code in missing:
        credential, secret = credentials.issue(merchant_id=merchants[code].pk, name=f"{code} demo")
        known[code] = {"client_id": credential.client_id, "client_secret": secret}
        # After each, because a secret that was given out and not written down is lost.
        _write(file, known)
    return [{"merchant": code, **known[code]} for code in merchants]


def write_leaflet(file: Path, facts: Mapping[str, Any]) -> None:
    """Put the facts into demo.json, beside what is there already."""
    _write(file, _read(file) | dict(facts))


def sign_ins(passwords: Passwords, people: Mapping[str, User]) -> list[dict[str, str]]:
    """Everybody's role, sign-in name and password; of members the number that is sent a code, or the card and PIN."""
    staff = [{"role": _role(one), "sign_in": one.sign_in, "password": passwords[one.sign_in]} for one in cast.STAFF]
    return staff + [_member(one, passwords, people[one.sign_in]) for one in cast.MEMBERS]


def _member(one: cast.DemoMember, passwords: Passwords, person: User) -> dict[str, str]:
    told = {"role": one.life, "sign_in": one.sign_in, "password": passwords[one.sign_in]}
    if person.phone:
        return {**told, "phone": person.phone.removeprefix("+86")}
    card = queries.open_card(person)
    return {**told, "card": card.number, "pin": passwords.pin(one.sign_in)} if card else told


def _role(staff: cast.DemoStaff) -> str:
    return f"{staff.merchant or 'platform'}: {staff.role.value}"


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}


def _write(file: Path, facts: Mapping[str, Any]) -> None:
    places.write_private(file, json.dumps(facts, ensure_ascii=False, indent=2))
