"""Birthday gifts for members and their pets, from every merchant they joined that has a rule for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts import queries as people
from accounts.models import User
from hongmi.lib.shanghai import SHANGHAI, midnight_after
from merchants.errors import MemberMerged, MemberNotFound
from merchants.models import Membership, Merchant, MerchantStatus
from points.errors import IssuingLimitReached, MerchantNotLive
from points.models import Act, EarningRuleVersion
from points.operations import grants
from points.types import ActKind

# Yesterday's too, so that an outage of a day skips nobody.
DAYS_BACK: Final = (1, 0)


@dataclass(frozen=True, slots=True)
class _Gift:
    """A gift that one merchant may owe for one birthday. `pet_id` None: the member's own."""

    giver_id: int
    member: User
    pet_id: int | None
    occurred_at: datetime

    @property
    def reference(self) -> str:
        return grants.birthday_reference(member=self.member.public_id, pet_id=self.pet_id, occurred_at=self.occurred_at)


def grant(*, moment: datetime) -> int:
    """Grant the gifts for birthdays of today and yesterday in Shanghai (SPEC R09); returns how many were booked.

    A further run grants what is missing and nothing twice. A child gets them once the guardian has agreed.
    """
    givers = _givers()
    if not givers:
        return 0
    days = [moment - timedelta(days=back) for back in DAYS_BACK]
    return sum(_is_granted(gift, moment) for day in days for gift in _missing(_gifts(givers, day)))


def _givers() -> dict[int, bool]:
    """Live merchants with a rule for birthdays; True for the platform, of which every person is a member."""
    rules = EarningRuleVersion.objects.filter(definition__kind="birthday").values("rule__merchant_id")
    live = Merchant.objects.filter(pk__in=rules, status=MerchantStatus.LIVE)
    return dict(live.order_by("pk").values_list("pk", "is_platform"))


def _gifts(givers: dict[int, bool], at: datetime) -> list[_Gift]:
    day = at.astimezone(SHANGHAI).date()
    pets = people.pets_with_birthday_on(day)
    owners = User.objects.in_bulk({pet.owner_id for pet in pets})
    celebrated: list[tuple[User, int | None]] = [(person, None) for person in people.people_with_birthday_on(day)]
    celebrated += [(owners[pet.owner_id], pet.id) for pet in pets]
    joined = Membership.objects.open().filter(
        merchant__in=givers, member__in={person.pk for person, _ in celebrated}, joined_at__lt=midnight_after(day)
    )
    memberships = set(joined.values_list("merchant_id", "member_id"))
    return [
        _Gift(giver_id, person, pet_id, at)
        for giver_id, is_platform in givers.items()
        for person, pet_id in celebrated
        if is_platform or (giver_id, person.pk) in memberships
    ]


def _missing(gifts: Iterable[_Gift]) -> Iterator[_Gift]:
    """Gifts not booked yet, found in one query, so that an interrupted run goes on where it stopped."""
    wanted = {(gift.giver_id, gift.reference): gift for gift in gifts}
    booked = Act.objects.filter(
        kind=ActKind.AWARD,
        merchant_id__in={giver_id for giver_id, _ in wanted},
        reference__in={reference for _, reference in wanted},
    )
    known = set(booked.values_list("merchant_id", "reference"))
    return (gift for key, gift in wanted.items() if key not in known)


def _is_granted(gift: _Gift, moment: datetime) -> bool:
    if people.waits_for_guardian(gift.member, moment=moment):
        return False
    try:
        booking = grants.award_birthday(
            merchant_id=gift.giver_id,
            member=gift.member.public_id,
            pet_id=gift.pet_id,
            occurred_at=gift.occurred_at,
            moment=moment,
        )
    except (MerchantNotLive, IssuingLimitReached, MemberNotFound, MemberMerged):
        # The merchant may not issue now, or the member left meanwhile; the next run tries again.
        return False
    return booking is not None and booking.status == "booked"
