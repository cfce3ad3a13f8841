"""The console of the ledger, by what it is about."""

from points.admin import adjustments, ledger, members, proofs, rules

__all__ = ["adjustments", "ledger", "members", "proofs", "rules"]
