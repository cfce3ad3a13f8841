"""How members join a merchant and leave it; every consent names the version of the terms and the moment (SPEC D13)."""

from datetime import datetime

from django.db import transaction

from merchants import queries
from merchants.errors import MerchantClosed, NotAMember, TermsChanged
from merchants.models import (
    Authorisation,
    JoinedBy,
    Membership,
    MembershipStep,
    Merchant,
    MerchantStatus,
    StepKind,
    Terms,
)
from notifications import outbox

# An exiting merchant takes no new members, because it issues no more points.
OPEN_TO_JOIN = (MerchantStatus.LIVE,)


def publish_terms(*, merchant_id: int, text: str, text_en: str = "", moment: datetime) -> Terms:
    """The next version of what joining this merchant means. Who joined before keeps what they agreed to."""
    with transaction.atomic():
        # The merchant's row is the mutex of its version numbers.
        Merchant.objects.select_for_update().get(pk=merchant_id)
        current = queries.current_terms(merchant_id=merchant_id)
        version = current.version + 1 if current else 1
        return Terms.objects.create(
            merchant_id=merchant_id, version=version, text=text, text_en=text_en, published_at=moment
        )


def join(
    *,
    merchant_id: int,
    member_id: int,
    moment: datetime,
    joined_by: JoinedBy = JoinedBy.OWN_WISH,
    read_version: int | None = None,
) -> Membership:
    """The member's own wish to be a member here, by a tap or by showing a code at the counter.

    Who had left is back, who waited to consent has done so, who is a member stays one. `read_version` is the version of
    the terms that the member was shown (0: none). Raises MerchantClosed or TermsChanged.
    """
    with transaction.atomic():
        membership, _ = Membership.objects.get_or_create(
            merchant_id=merchant_id, member_id=member_id, defaults={"joined_at": moment, "consented_at": None}
        )
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        if membership.left_at is None and membership.consented_at is not None:
            return membership
        if not Merchant.objects.filter(pk=merchant_id, status__in=OPEN_TO_JOIN).exists():
            raise MerchantClosed
        if membership.left_at is not None:
            membership.joined_at, membership.left_at = moment, None
        membership.joined_by = joined_by
        terms = queries.current_terms(merchant_id=merchant_id)
        if read_version is not None and read_version != (terms.version if terms else 0):
            raise TermsChanged
        _consent(membership, terms, moment)
    return membership


def leave(*, merchant_id: int, member_id: int, moment: datetime) -> None:
    """From the next request on the merchant sees nothing of the member, who keeps the points; leave to spend that was
    not used yet is void. Raises NotAMember."""
    with transaction.atomic():
        membership = (
            Membership.objects.select_for_update()
            .filter(merchant_id=merchant_id, member_id=member_id, left_at=None)
            .first()
        )
        if membership is None:
            raise NotAMember
        membership.left_at, membership.terms, membership.consented_at = moment, None, None
        membership.save(update_fields=["left_at", "terms", "consented_at"])
        MembershipStep.objects.create(membership=membership, kind=StepKind.LEFT, taken_at=moment)
        unused = Authorisation.objects.filter(merchant_id=merchant_id, member_id=member_id, used_at=None)
        unused.filter(expires_at__gt=moment).update(expires_at=moment)


def _consent(membership: Membership, terms: Terms | None, moment: datetime) -> None:
    membership.terms, membership.consented_at = terms, moment
    membership.save(update_fields=["joined_at", "left_at", "joined_by", "terms", "consented_at"])
    MembershipStep.objects.create(
        membership=membership,
        kind=StepKind.CONSENTED,
        joined_by=membership.joined_by,
        terms=membership.terms,
        taken_at=moment,
    )
    tell_joined(merchant_id=membership.merchant_id, member_id=membership.member_id)


def tell_joined(*, merchant_id: int, member_id: int) -> None:
    """Say that somebody is a member now, in the transaction that made them one; who gives welcomes listens."""
    outbox.publish(topic="merchants.joined", payload={"merchant": merchant_id, "member": member_id})
