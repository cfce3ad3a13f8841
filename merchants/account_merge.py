"""The part of merchants in a merge of accounts: the survivor joins the duplicate's merchants under the same terms."""

from datetime import datetime

from accounts.models import MemberMerge
from merchants.models import Authorisation, MemberCode, Membership, MembershipStep, StepKind


def carry(merge: MemberMerge, moment: datetime) -> None:
    """End the duplicate's memberships; at merchants that both had joined the survivor's own membership stays.

    A merchant's own number moves to the survivor. If they have another one there, it stays with the ended membership
    and leads to them. Unused member codes and authorisations become void.
    """
    rows = Membership.objects.select_for_update(of=("self",)).filter(member=merge.duplicate, left_at=None)
    for row in rows.order_by("merchant_id"):
        _carry(row, merge.survivor_id, moment)
    referred = Membership.objects.filter(referrer=merge.duplicate)
    referred.filter(member=merge.survivor).update(referrer=None)
    referred.update(referrer=merge.survivor)
    MemberCode.objects.filter(member=merge.duplicate, used_at=None, expires_at__gt=moment).update(expires_at=moment)
    unused = Authorisation.objects.filter(member=merge.duplicate, used_at=None, expires_at__gt=moment)
    unused.update(expires_at=moment)


def _carry(ended: Membership, survivor_id: int, moment: datetime) -> None:
    own = Membership.objects.filter(merchant_id=ended.merchant_id, member_id=survivor_id).first()
    if own is None:
        referrer_id = None if ended.referrer_id == survivor_id else ended.referrer_id
        own = Membership(merchant_id=ended.merchant_id, member_id=survivor_id, referrer_id=referrer_id, left_at=moment)
        own.consented_at = None
    member_ref = ended.member_ref
    terms, consented_at, joined_by, joined_at = ended.terms, ended.consented_at, ended.joined_by, ended.joined_at
    _end(ended, moment, keeps_ref=own.member_ref is not None)
    own.member_ref = own.member_ref or member_ref
    if own.left_at is not None or (own.consented_at is None and consented_at is not None):
        own.left_at, own.joined_at, own.joined_by = None, joined_at, joined_by
        own.terms, own.consented_at = terms, consented_at
        is_new_consent = consented_at is not None
    else:
        is_new_consent = False
    own.save()
    if is_new_consent:
        MembershipStep.objects.create(
            membership=own, kind=StepKind.CONSENTED, joined_by=own.joined_by, terms=own.terms, taken_at=moment
        )


def _end(row: Membership, moment: datetime, *, keeps_ref: bool) -> None:
    row.left_at, row.terms, row.consented_at = moment, None, None
    row.member_ref = row.member_ref if keeps_ref else None
    row.save(update_fields=["left_at", "terms", "consented_at", "member_ref"])
    MembershipStep.objects.create(membership=row, kind=StepKind.LEFT, taken_at=moment)
