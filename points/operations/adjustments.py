"""Adjustments: corrections of a balance that one person proposes and another approves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hongmi.lib import idempotency
from hongmi.lib.errors import DomainError
from points.ledger import functions
from points.models import Adjustment
from points.types import ActKind, Booking, LotKind, Purse


class SamePerson(DomainError):
    """The approver is the person who proposed the adjustment."""

    code = "same_person"
    sentence = _("The proposer of a correction cannot approve it; a colleague can.")


class AdjustmentNotOpen(DomainError):
    """The adjustment was booked before."""

    code = "adjustment_not_open"
    sentence = _("It was booked before.")


def propose(
    *, merchant_id: int, member_id: int, purse: Purse, points: int, reason: str, proposed_by_id: int
) -> Adjustment:
    """Propose a correction; negative `points` take away. Nothing is booked before another person approves."""
    return Adjustment.objects.create(
        merchant_id=merchant_id,
        member_id=member_id,
        purse=purse,
        points=points,
        reason=reason,
        proposed_by_id=proposed_by_id,
    )


def approve(*, adjustment_id: int, approved_by_id: int, moment: datetime) -> Booking:
    """Book a proposed correction, once. The proposal and the act are written together."""
    with transaction.atomic():
        adjustment = Adjustment.objects.select_for_update(of=("self",)).select_related("member").get(pk=adjustment_id)
        if adjustment.act_id is not None:
            raise AdjustmentNotOpen({"act": adjustment.act_id})
        if adjustment.proposed_by_id == approved_by_id:
            raise SamePerson
        booking = _book_adjustment(adjustment, approved_by_id, moment)
        adjustment.approved_by_id = approved_by_id
        adjustment.approved_at = moment
        adjustment.act_id = booking.act_id
        adjustment.save(update_fields=["approved_by", "approved_at", "act_id"])
    return booking


def _book_adjustment(adjustment: Adjustment, approved_by_id: int, moment: datetime) -> Booking:
    reference = f"adjustment-{adjustment.pk}"
    request_hash = idempotency.request_hash(act="adjustment", body={"adjustment": adjustment.pk})
    if adjustment.points < 0:
        return functions.take_away(
            merchant_id=adjustment.merchant_id,
            member=adjustment.member.public_id,
            purse=adjustment.purse,
            points=-adjustment.points,
            reference=reference,
            request_hash=request_hash,
            moment=moment,
            actor_id=adjustment.proposed_by_id,
            approved_by_id=approved_by_id,
            breakdown={"reason": adjustment.reason},
        )
    award = {"purse": adjustment.purse, "points": adjustment.points, "kind": LotKind.COMPENSATION.value}
    return functions.accrue(
        kind=ActKind.ADJUSTMENT,
        merchant_id=adjustment.merchant_id,
        member=adjustment.member.public_id,
        key=None,
        reference=reference,
        request_hash=request_hash,
        occurred_at=moment,
        moment=moment,
        awards=[award | {"reason": "adjustment"}],
        breakdown={"reason": adjustment.reason},
        actor_id=adjustment.proposed_by_id,
        approved_by_id=approved_by_id,
    )
