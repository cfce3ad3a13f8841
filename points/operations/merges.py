"""Merges of two members who are one person (SPEC §3 Support)."""

from datetime import datetime

from points.ledger import functions
from points.types import Booking


def book(*, merge_id: int, moment: datetime) -> Booking:
    """Move lots, debts, once-only keys and used caps of the duplicate to the survivor; its wallets stay closed.

    `merge_id` is an approved accounts.MemberMerge; a repeated call returns the first answer. Raises HoldsAreOpen,
    MergeNotApproved or MemberMerged.
    """
    return functions.merge(merge_id=merge_id, moment=moment)
