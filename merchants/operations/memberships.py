"""Joining and leaving merchants; every consent has the version of the terms and the time (SPEC D13)."""

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
    """Publish the next version of the merchant's terms. Earlier members keep the version they agreed to."""
    with transaction.atomic():
        # The lock on the merchant's row serialises its version numbers.
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
    """Join by the member's own decision, by a tap or by showing a code at the counter.

    Past members are members again, pending memberships get their consent, members stay members. `read_version` is the
    version of the terms shown to the member (0: none). Raises MerchantClosed or TermsChanged.
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
    """End the membership: from the next request on the merchant sees nothing of the member, who keeps the points.
    Unused authorisations become void. Raises NotAMember."""
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
    publish_joined(merchant_id=membership.merchant_id, member_id=membership.member_id)


def publish_joined(*, merchant_id: int, member_id: int) -> None:
    """Publish the new membership, in its transaction, for consumers such as welcome gifts."""
    outbox.publish(topic="merchants.joined", payload={"merchant": merchant_id, "member": member_id})
