"""A member's wallets: now in one read, or as of any past moment and as known at another (bitemporal)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from hongmi.lib import rls
from hongmi.lib.errors import DomainError
from points.models import TreeHead, Wallet
from points.types import Purse

_SQL = Path(__file__).parent / "sql"
_NOW = (_SQL / "wallets_now.sql").read_text()
_GRANTED_BEFORE = (_SQL / "granted_before.sql").read_text()
_AS_OF = (_SQL / "wallets_as_of.sql").read_text()


class BeyondHorizon(DomainError):
    """`known_at` is later than the last sealed `horizon`, where the answer could still change."""

    code = "beyond_horizon"
    sentence = _("known_at can be answered up to %(horizon)s.")


@dataclass(frozen=True, slots=True)
class Expiring:
    """`points` that end at `expires_at`."""

    points: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WalletView:
    """Points of one purse: `balance` = available + pending + earmarked; `held` points are not part of it.

    `available` can be spent on anything, `earmarked` only on its purpose; `owed` is repaid by later awards.
    """

    purse: Purse
    balance: int = 0
    available: int = 0
    pending: int = 0
    earmarked: int = 0
    held: int = 0
    owed: int = 0
    expiring: Sequence[Expiring] = ()


def wallets(*, member_id: int, moment: datetime) -> list[WalletView]:
    """Both purses at `moment`, which is now: one row each, or from their lots where one of those starts or ends."""
    stored = list(Wallet.objects.filter(member_id=member_id))
    if any(row.next_change_at is not None for row in stored):
        return _views(_NOW, {"member": member_id, "moment": moment})
    return _both(
        WalletView(
            purse=Purse(row.purse),
            balance=row.balance,
            available=row.available,
            earmarked=row.balance - row.available,
            held=row.held,
            owed=row.owed,
        )
        for row in stored
    )


def available_granted_before(*, member_id: int, purse: Purse, granted_before: datetime, moment: datetime) -> int:
    """Points usable on anything at `moment` from lots whose acts were recorded before `granted_before` (SPEC R35)."""
    # Without row-level security, because acts of other merchants granted points of the shared wallet, too.
    with rls.unscoped(), connection.cursor() as cursor:
        cursor.execute(_GRANTED_BEFORE, [member_id, purse, moment, moment, granted_before])
        return int(cursor.fetchone()[0])


def wallets_as_of(*, member_id: int, as_of: datetime, known_at: datetime | None = None) -> list[WalletView]:
    """Both purses from what occurred until `as_of`, as far as it was recorded by `known_at` (None: all of it).

    Raises BeyondHorizon for a `known_at` later than the last sealed head covers.
    """
    if known_at is not None:
        horizon = TreeHead.objects.order_by("-id").values_list("horizon_at", flat=True).first()
        if horizon is None or known_at > horizon:
            raise BeyondHorizon({"horizon": horizon.isoformat()} if horizon else {})
    return _views(_AS_OF, {"member": member_id, "as_of": as_of, "known_at": known_at})


def _views(statement: str, parameters: Mapping[str, Any]) -> list[WalletView]:
    # Without row-level security, because a sum of the merchant's own acts alone is no balance.
    with rls.unscoped(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    return _both(WalletView(**row | {"purse": Purse(row["purse"]), "expiring": _expiring(row)}) for row in rows)


def _expiring(row: Mapping[str, Any]) -> tuple[Expiring, ...]:
    return tuple(
        Expiring(points, datetime.fromisoformat(expires_at)) for points, expires_at in json.loads(row["expiring"])
    )


def _both(views: Iterable[WalletView]) -> list[WalletView]:
    found = {view.purse: view for view in views}
    return [found.get(purse, WalletView(purse)) for purse in Purse]
