"""Ledger functions without their locks, for controls in a clone of their own."""

import psycopg

from tests.concurrency.racing import weaken

LOCK = "points._lock_wallet(bigint, purse)"
LOCKS = "points._lock_wallets(bigint[], purse[])"
FOR_UPDATE = " FOR NO KEY UPDATE"


def without_wallet_locks(owner: psycopg.Cursor) -> None:
    """Wallets that exist are no longer locked; one that is being made still keeps a second maker waiting."""
    weaken(owner, LOCK, instead_of=FOR_UPDATE, put="")
    weaken(owner, LOCKS, instead_of=" FOR NO KEY UPDATE OF w", put="")
    weaken(owner, "points.accrue", instead_of=FOR_UPDATE, put="")


def without_cap_locks(owner: psycopg.Cursor) -> None:
    weaken(owner, "points._cap_used(bigint, text, text, boolean)", instead_of=FOR_UPDATE, put="")
