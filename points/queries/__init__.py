"""The nouns of the books: what was booked, and what a wallet holds, now or at any past moment."""

from points.queries.statement import act_of, statement
from points.queries.wallets import BeyondHorizon, Expiring, WalletView, available_granted_before, wallets, wallets_as_of

__all__ = [
    "BeyondHorizon",
    "Expiring",
    "WalletView",
    "act_of",
    "available_granted_before",
    "statement",
    "wallets",
    "wallets_as_of",
]
