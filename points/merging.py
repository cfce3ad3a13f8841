"""The books' part of a merge of accounts (settings.MERGE_ROOMS)."""

from datetime import datetime

from accounts.models import MemberMerge
from accounts.operations import HoldsOpen
from points import operations


def carry(merge: MemberMerge, moment: datetime) -> None:
    """Every lot and debt goes over by entries. Raises HoldsOpen."""
    try:
        operations.merge(merge_id=merge.pk, moment=moment)
    except operations.HoldsAreOpen as refusal:
        raise HoldsOpen from refusal
