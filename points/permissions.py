"""Access of partner systems: only to points of members who joined their merchant."""

from uuid import UUID

from rest_framework.request import Request

from merchants import queries as merchants
from merchants.auth import merchant_of
from merchants.errors import MemberMerged, MemberNotFound


def member_of(request: Request, member_id: UUID) -> int:
    """The inner id of a member of the request's merchant. Raises MemberNotFound or MemberMerged."""
    member = merchants.member(merchant_id=merchant_of(request), public_id=member_id)
    if member is None:
        raise MemberNotFound
    if member.merged_into is not None:
        raise MemberMerged({"merged_into": str(member.merged_into)})
    return member.member_id
