"""The nouns of the books: what was booked, and what a wallet holds, now or at any past moment."""

from points.queries.statement import act_of, statement
from points.queries.wallets import BeyondHorizon, Expiring, WalletView, wallets, wallets_as_of

__all__ = [
    "BeyondHorizon",
    "Expiring",
    "WalletView",
    "act_of",
    "statement",
    "wallets",
    "wallets_as_of",
]
