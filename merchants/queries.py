"""Lookups of merchants, members and staff; members in bulk by a merchant's own numbers or by member ids."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from merchants.models import (
    Membership,
    Merchant,
    MerchantStatus,
    MerchantStep,
    Staff,
    Store,
    Terms,
    Transition,
)


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A present or past member of a merchant."""

    member_id: int
    public_id: UUID
    has_left: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as one merchant sees them. For a member merged into another account only `merged_into` matters."""

    member_id: int
    public_id: UUID
    member_ref: str | None
    joined_at: datetime
    merged_into: UUID | None


def member(*, merchant_id: int, public_id: UUID) -> MemberView | None:
    """The member, if they joined this merchant and have not left; None also for members of other merchants."""
    joined = Membership.objects.open().filter(merchant_id=merchant_id)
    row = (
        Membership.objects.filter(merchant_id=merchant_id, member__public_id=public_id)
        .filter(
            Q(left_at=None, consented_at__isnull=False, member__is_active=True)
            # A merge ended their own membership; the merchant sees it only if the survivor is a member there.
            | Q(Exists(joined.filter(member=OuterRef("member__merged_into"))))
        )
        .values_list("member_id", "member__public_id", "member_ref", "joined_at", "member__merged_into__public_id")
        .first()
    )
    return MemberView(*row) if row else None


def current_terms(*, merchant_id: int) -> Terms | None:
    """The version that new members agree to."""
    return Terms.objects.filter(merchant_id=merchant_id).order_by("-version").first()


def current_terms_of(*, merchant_ids: Collection[int]) -> dict[int, Terms]:
    """The current terms of several merchants in one query; merchants without terms are missing."""
    newest = Terms.objects.filter(merchant_id__in=merchant_ids).order_by("merchant_id", "-version")
    return {terms.merchant_id: terms for terms in newest.distinct("merchant_id")}


def memberships_of(*, member_id: int) -> list[Membership]:
    """The member's open memberships: first those that wait for consent, then the others, the latest first."""
    rows = Membership.objects.filter(member_id=member_id, left_at=None).select_related("merchant", "terms")
    return list(rows.order_by("-consented_at", "-joined_at"))


def merchants_to_join(*, member_id: int) -> list[Merchant]:
    """Live merchants this member has not joined, the platform left out."""
    joined = Membership.objects.filter(member_id=member_id, left_at=None).values("merchant_id")
    return list(Merchant.objects.filter(status=MerchantStatus.LIVE, is_platform=False).exclude(pk__in=joined)[:100])


def waits_for_consent(*, member_id: int) -> bool:
    return Membership.objects.pending().filter(member_id=member_id).exists()


def merchant_by_code(code: str) -> Merchant | None:
    return Merchant.objects.filter(code=code).first()


def members_by_ref(*, merchant_id: int, member_refs: Collection[str]) -> dict[str, KnownMember]:
    """The merchant's members by its own numbers, in one query; unknown numbers are missing, past members included.

    The number of a merged member leads to the survivor.
    """
    theirs = Membership.objects.filter(merchant_id=merchant_id)
    rows = theirs.filter(member_ref__in=set(member_refs)).annotate(
        survivor_is_here=Exists(theirs.filter(member=OuterRef("member__merged_into"), left_at=None))
    )
    own = ("member_ref", "member_id", "member__public_id", "left_at", "survivor_is_here")
    survivor = ("member__merged_into_id", "member__merged_into__public_id")
    return {
        str(ref): KnownMember(survivor_id, survivor_public_id, not is_here)
        if survivor_id
        else KnownMember(member_id, public_id, left_at is not None)
        for ref, member_id, public_id, left_at, is_here, survivor_id, survivor_public_id in rows.values_list(
            *own, *survivor
        )
    }


def merged_members(*, merchant_id: int, public_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By member id, the survivors that these members were merged into, if the survivor is a member of this merchant."""
    joined = Membership.objects.open().filter(merchant_id=merchant_id, member=OuterRef("member__merged_into"))
    rows = Membership.objects.filter(Exists(joined), merchant_id=merchant_id, member__public_id__in=set(public_ids))
    return dict(rows.values_list("member__public_id", "member__merged_into__public_id"))


def members_by_public_id(*, merchant_id: int, public_ids: Collection[UUID]) -> dict[UUID, KnownMember]:
    """The merchant's members by public id, in one query."""
    rows = Membership.objects.filter(merchant_id=merchant_id, member__public_id__in=set(public_ids)).values_list(
        "member_id", "member__public_id", "left_at"
    )
    return {public_id: KnownMember(member_id, public_id, left_at is not None) for member_id, public_id, left_at in rows}


def status_history(merchant: Merchant) -> list[MerchantStep]:
    """The merchant's changes of status, the latest first."""
    return list(merchant.steps.select_related("actor__wrapped_key").order_by("-pk"))


def next_steps(merchant: Merchant) -> list[MerchantStatus]:
    """The statuses that may follow the present one, in the order of MerchantStatus."""
    allowed = set(Transition.objects.filter(from_status=merchant.status).values_list("to_status", flat=True))
    return [status for status in MerchantStatus if status in allowed]


def places_of(person: User) -> list[Staff]:
    """The person's jobs at merchants."""
    places = Staff.objects.filter(user=person, is_active=True).select_related("merchant")
    return list(places.prefetch_related("stores").order_by("merchant__name"))


def stores_for(person: User, *, merchants: QuerySet[Merchant]) -> QuerySet[Store]:
    """The stores that the person may assign staff to: only their own stores, if they are bound to some."""
    bound_to = Store.objects.filter(staff__user=person, staff__is_active=True)
    bound_at = bound_to.values("merchant_id")
    stores = Store.objects.filter(merchant__in=merchants).select_related("merchant")
    return stores.filter(~Q(merchant__in=bound_at) | Q(pk__in=bound_to.values("pk"))).order_by("merchant", "code")
