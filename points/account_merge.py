"""The ledger's part of a merge of accounts (settings.MERGE_MODULES)."""

from datetime import datetime

from accounts.models import MemberMerge
from accounts.operations.merges import HoldsOpen
from points.errors import HoldsAreOpen
from points.operations import merges


def carry(merge: MemberMerge, moment: datetime) -> None:
    """Transfer every lot and debt to the survivor. Raises HoldsOpen."""
    try:
        merges.book(merge_id=merge.pk, moment=moment)
    except HoldsAreOpen as refusal:
        raise HoldsOpen from refusal
