"""The console of the books, by what it is about."""

from points.admin import adjustments, books, members, proofs, rules

__all__ = ["adjustments", "books", "members", "proofs", "rules"]
