"""Two accounts are one person: a merge that one of support proposes and another approves."""

from datetime import datetime
from importlib import import_module
from typing import ClassVar, Protocol, cast

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import queries
from accounts.models import MemberMerge, User
from accounts.operations import privacy
from accounts.operations.support import OwnProposal, ReasonMissing, SupportRefused


class MayNotMerge(SupportRefused):
    """Staff, and accounts that are merged, erased or about to be closed, are not merged; nor is one with itself."""

    code: ClassVar[str] = "may_not_merge"


class MergeIsOpen(SupportRefused):
    """A merge of this account waits already; stop it first."""

    code: ClassVar[str] = "merge_is_open"


class MergeEnded(SupportRefused):
    """It was carried out or stopped already."""

    code: ClassVar[str] = "merge_ended"


class DifferentFamilies(SupportRefused):
    """Both are in a family and not in the same one: the person must leave one of them."""

    code: ClassVar[str] = "different_families"


class GuardianAndWard(SupportRefused):
    """One answers for the other, so they are two people."""

    code: ClassVar[str] = "guardian_and_ward"


class HoldsOpen(SupportRefused):
    """Points of the duplicate are set aside for a spend that has not ended."""

    code: ClassVar[str] = "holds_are_open"


class Room(Protocol):
    """Each app's part of a merge (settings.MERGE_ROOMS), so that this app needs to know none of those above it."""

    def carry(self, merge: MemberMerge, moment: datetime) -> None:
        """Move what the duplicate has here to the survivor, or raise SupportRefused."""


def propose(*, duplicate: User, survivor: User, by: User, reason: str, moment: datetime) -> MemberMerge:
    """Ask that all of `duplicate` go to `survivor`. Nothing happens before another person approves.

    Raises ReasonMissing, MayNotMerge, DifferentFamilies, GuardianAndWard or MergeIsOpen.
    """
    if not reason.strip():
        raise ReasonMissing
    _require_mergeable(duplicate, survivor)
    try:
        with transaction.atomic():
            return MemberMerge.objects.create(
                duplicate=duplicate, survivor=survivor, reason=reason.strip()[:200], proposed_by=by, proposed_at=moment
            )
    except IntegrityError as error:
        raise MergeIsOpen from error


def approve(*, merge_id: int, by: User, moment: datetime) -> MemberMerge:
    """The second person says yes, and all of it happens at once; the duplicate's sessions end and it opens no more.

    Raises MergeEnded, OwnProposal, MayNotMerge, DifferentFamilies, GuardianAndWard or HoldsOpen.
    """
    with transaction.atomic():
        merge = _open_merge(merge_id)
        if merge.proposed_by_id == by.pk:
            raise OwnProposal
        _require_mergeable(merge.duplicate, merge.survivor)
        merge.approved_by, merge.approved_at = by, moment
        merge.save(update_fields=["approved_by", "approved_at"])
        # The books first, because every act locks wallets before anything else of a member.
        for room in settings.MERGE_ROOMS:
            cast(Room, import_module(room)).carry(merge, moment)
        _close(merge.duplicate, merge.survivor)
    privacy.end_sessions(person=merge.duplicate)
    return merge


def withdraw(*, merge_id: int, moment: datetime) -> None:
    """They are two people after all. Raises MergeEnded."""
    with transaction.atomic():
        merge = _open_merge(merge_id)
        merge.stopped_at = moment
        merge.save(update_fields=["stopped_at"])


def _open_merge(merge_id: int) -> MemberMerge:
    """Locked, with both accounts, the lower one first. Raises MergeEnded."""
    merge = MemberMerge.objects.select_for_update().filter(pk=merge_id, approved_at=None, stopped_at=None).first()
    if merge is None:
        raise MergeEnded
    # Without the key, because orders and the like only refer to the row and must not wait for this.
    both = User.objects.filter(pk__in=(merge.duplicate_id, merge.survivor_id)).order_by("pk")
    people = {person.pk: person for person in both.select_for_update(no_key=True)}
    merge.duplicate, merge.survivor = people[merge.duplicate_id], people[merge.survivor_id]
    return merge


def _require_mergeable(duplicate: User, survivor: User) -> None:
    for person in (duplicate, survivor):
        is_staff = person.is_staff or person.is_superuser
        if is_staff or not person.is_active or person.merged_into_id is not None or queries.open_closure(person):
            raise MayNotMerge
    if duplicate.pk == survivor.pk:
        raise MayNotMerge
    place, own = queries.family_of(duplicate), queries.family_of(survivor)
    if place and own and place.family_id != own.family_id:
        raise DifferentFamilies
    if queries.answers_for(duplicate, survivor) or queries.answers_for(survivor, duplicate):
        raise GuardianAndWard


def _close(duplicate: User, survivor: User) -> None:
    # Whoever was merged into the duplicate goes along, so that one step always leads to who lives.
    User.objects.filter(merged_into=duplicate).update(merged_into=survivor)
    User.objects.filter(pk=duplicate.pk).update(
        merged_into=survivor, is_active=False, username=None, password=make_password(None)
    )
