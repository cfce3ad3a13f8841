"""Errors of support's work, and unmasking a member's number."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from accounts.models import PhoneUnmasking, User
from hongmi.lib.errors import DomainError


class SupportRefused(DomainError):
    """A domain error of support's work."""

    code: ClassVar[str]


class ReasonMissing(SupportRefused):
    """Unmasking, moves and merges need a reason."""

    code = "reason_missing"
    sentence = _("Please say why; it is kept with your name.")


class OwnProposal(SupportRefused):
    """The person who proposed cannot approve."""

    code = "own_proposal"
    sentence = _("Somebody else has to approve what you proposed.")


def unmask(*, person: User, by: User, reason: str, moment: datetime) -> str:
    """The whole number, or "" if there is none. The unmasking is recorded first.

    Raises ReasonMissing.
    """
    PhoneUnmasking.objects.create(person=person, seen_by=by, reason=required_reason(reason), seen_at=moment)
    return person.phone or ""


def required_reason(reason: str) -> str:
    """Raises ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    return reason[:200]
