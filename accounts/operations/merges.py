"""Merge of two accounts of one person: one member of support proposes it, another approves it."""

from datetime import datetime
from typing import Protocol, cast

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import MemberMerge, User
from accounts.operations import privacy
from accounts.operations.support import OwnProposal, ReasonMissing, SupportRefused
from hongmi.lib import named_objects


class MayNotMerge(SupportRefused):
    """Accounts of staff, and merged, erased or closing accounts, cannot be merged; nor an account with itself."""

    code = "may_not_merge"
    sentence = _("Accounts of staff, and those merged, closed or about to be closed, are not merged.")


class MergeIsOpen(SupportRefused):
    """An earlier merge of this account still waits for approval."""

    code = "merge_is_open"
    sentence = _("A merge of this account waits already. Stop it first.")


class MergeEnded(SupportRefused):
    """The merge was carried out or stopped before."""

    code = "merge_ended"
    sentence = _("This merge was carried out or stopped already.")


class DifferentFamilies(SupportRefused):
    """The two accounts are in different families; the person must leave one of them first."""

    code = "different_families"
    sentence = _("The two accounts are in different families. The member leaves one of them first.")


class GuardianAndWard(SupportRefused):
    """One is or was the guardian of the other, so they are two people."""

    code = "guardian_and_ward"
    sentence = _("One of the two answers for the other as guardian, so they are two people.")


class HoldsOpen(SupportRefused):
    """Points of the duplicate are held for a spend that has not ended."""

    code = "holds_are_open"
    sentence = _("Points of this account are set aside for an order. Wait until it is paid or cancelled.")


class MergeModule(Protocol):
    """Each app's module for a merge (settings.MERGE_MODULES), because this app imports none of the apps above it."""

    def carry(self, merge: MemberMerge, moment: datetime) -> None:
        """Move the duplicate's data in this app to the survivor. Raises SupportRefused."""


def propose(*, duplicate: User, survivor: User, by: User, reason: str, moment: datetime) -> MemberMerge:
    """Propose to merge `duplicate` into `survivor`. Nothing changes before another person approves.

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
    """Carry out the merge in one transaction; the duplicate's sessions end and nobody can sign in to it any more.

    Raises MergeEnded, OwnProposal, MayNotMerge, DifferentFamilies, GuardianAndWard or HoldsOpen.
    """
    with transaction.atomic():
        merge = _open_merge(merge_id)
        if merge.proposed_by_id == by.pk:
            raise OwnProposal
        _require_mergeable(merge.duplicate, merge.survivor)
        merge.approved_by, merge.approved_at = by, moment
        merge.save(update_fields=["approved_by", "approved_at"])
        # The ledger is first in the list, because every act locks wallets before any other row of a member.
        for name in settings.MERGE_MODULES:
            cast(MergeModule, named_objects.module(name)).carry(merge, moment)
        _close(merge.duplicate, merge.survivor)
    privacy.end_sessions(person=merge.duplicate)
    return merge


def withdraw(*, merge_id: int, moment: datetime) -> None:
    """Stop a merge that nobody has approved. Raises MergeEnded."""
    with transaction.atomic():
        merge = _open_merge(merge_id)
        merge.stopped_at = moment
        merge.save(update_fields=["stopped_at"])


def _open_merge(merge_id: int) -> MemberMerge:
    """Locks the merge and both accounts, the account with the lower id first. Raises MergeEnded."""
    merge = MemberMerge.objects.select_for_update().filter(pk=merge_id, approved_at=None, stopped_at=None).first()
    if merge is None:
        raise MergeEnded
    # FOR NO KEY UPDATE, because inserts that only refer to the row, such as orders, must not wait.
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
    if queries.is_or_was_guardian(duplicate, survivor) or queries.is_or_was_guardian(survivor, duplicate):
        raise GuardianAndWard


def _close(duplicate: User, survivor: User) -> None:
    # Accounts merged into the duplicate earlier follow, so that one step always leads to the surviving account.
    User.objects.filter(merged_into=duplicate).update(merged_into=survivor)
    User.objects.filter(pk=duplicate.pk).update(
        merged_into=survivor, is_active=False, username=None, password=make_password(None)
    )
