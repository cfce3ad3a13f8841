"""Reads of the ledger: booked acts, and wallets now or at any past moment."""

from points.queries.circulation import Circulation, circulation, last_audit
from points.queries.holds import HoldView, hold
from points.queries.parts import Parts, parts
from points.queries.roll_forward import Month, roll_forward
from points.queries.statement import LotMove, act_of, is_sealed, lot_moves, statement
from points.queries.wallets import BeyondHorizon, Expiring, WalletView, available_granted_before, wallets, wallets_as_of
from points.types import Purse

__all__ = [
    "BeyondHorizon",
    "Circulation",
    "Expiring",
    "HoldView",
    "LotMove",
    "Month",
    "Parts",
    "Purse",
    "WalletView",
    "act_of",
    "available_granted_before",
    "circulation",
    "hold",
    "is_sealed",
    "last_audit",
    "lot_moves",
    "parts",
    "roll_forward",
    "statement",
    "wallets",
    "wallets_as_of",
]
