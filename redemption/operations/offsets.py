"""Points that pay part of a bill 抵扣.

Hold and capture are one transaction, so that no fault drops an offset that was answered as accepted. A client that got
no answer repeats the request and gets the first answer.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from hongmi.lib import idempotency, rls
from hongmi.lib.errors import ReferenceConflict
from hongmi.lib.retry import in_one_transaction
from merchants import authorisations
from merchants import queries as merchants
from merchants.errors import MemberMerged, MemberNotFound
from merchants.models import SpendingAct
from notifications import outbox
from points.clearing_value import CLEARING_VALUE_FEN
from points.operations import spending
from points.types import Purse
from redemption import refund_split
from redemption.errors import MoreThanWasTaken, OffsetNotFound, OffsetTooLarge
from redemption.models import Offset, OffsetRefund
from redemption.operations import keys


@dataclass(frozen=True, slots=True)
class AcceptedOffset:
    """A new offset, or with `is_replay` the one that an earlier identical request made."""

    offset: Offset
    is_replay: bool

    @property
    def to_pay_fen(self) -> int:
        """Fen left to pay. Record the purchase with this amount: the part paid with points earns nothing."""
        return self.offset.bill_fen - self.offset.offset_fen

    @property
    def member(self) -> UUID:
        """Unscoped, because a replay may follow after the member has left the merchant."""
        with rls.unscoped():
            return self.offset.member.public_id


@dataclass(frozen=True, slots=True)
class RefundedOffset:
    """A new refund of part of a bill, or with `is_replay` the one that an earlier identical request made."""

    refund: OffsetRefund
    is_replay: bool


def accept(
    *,
    merchant_id: int,
    member: UUID,
    bill_fen: int,
    points_spent: int,
    reference: str,
    authorisation: UUID | None,
    key: str | None,
    moment: datetime,
) -> AcceptedOffset:
    """Pay part of a bill with `points_spent`, 5 fen a point.

    Raises DomainError, and has written nothing.
    """
    request_hash = idempotency.request_hash(
        act="offset", body={"member": member, "bill_fen": bill_fen, "points": points_spent, "reference": reference}
    )
    offset_fen = points_spent * CLEARING_VALUE_FEN
    if offset_fen > bill_fen:
        raise OffsetTooLarge({"offset_fen": offset_fen, "bill_fen": bill_fen})

    def act() -> AcceptedOffset:
        keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        known = Offset.objects.filter(merchant_id=merchant_id, reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != request_hash:
                raise ReferenceConflict({"reference": reference})
            return AcceptedOffset(known, is_replay=True)
        membership = merchants.member(merchant_id=merchant_id, public_id=member)
        if membership is None:
            raise MemberNotFound
        if membership.merged_into is not None:
            raise MemberMerged({"merged_into": str(membership.merged_into)})
        if authorisation is not None:
            authorisations.use(
                authorisation_id=authorisation,
                merchant_id=merchant_id,
                member=member,
                act=SpendingAct.OFFSET,
                points=points_spent,
                reference=reference,
                moment=moment,
            )
        act_id = _spend(merchant_id, member, points_spent, bill_fen, reference, key, moment)
        offset = Offset.objects.create(
            merchant_id=merchant_id,
            member_id=membership.member_id,
            reference=reference,
            request_hash=request_hash,
            bill_fen=bill_fen,
            points=points_spent,
            offset_fen=offset_fen,
            act_id=act_id,
        )
        outbox.publish(topic="offsets.accepted", payload={"offset": offset.pk, "member": offset.member_id})
        return AcceptedOffset(offset, is_replay=False)

    return in_one_transaction(act)


def refund(
    *, merchant_id: int, offset_reference: str, reference: str, amount_fen: int, key: str | None, moment: datetime
) -> RefundedOffset:
    """Give part of the bill back, shared between points and money (redemption.refund_split).

    Raises OffsetNotFound, MoreThanWasTaken, ReferenceConflict or KeyReused.
    """
    request_hash = idempotency.request_hash(
        act="offset.refund", body={"offset": offset_reference, "reference": reference, "amount_fen": amount_fen}
    )

    def act() -> RefundedOffset:
        keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        offset = Offset.objects.select_for_update().filter(merchant_id=merchant_id, reference=offset_reference).first()
        if offset is None:
            raise OffsetNotFound
        known = offset.refunds.filter(reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != request_hash:
                raise ReferenceConflict({"reference": reference})
            return RefundedOffset(known, is_replay=True)
        return RefundedOffset(_refund(offset, reference, amount_fen, request_hash, moment), is_replay=False)

    return in_one_transaction(act)


def _spend(
    merchant_id: int, member: UUID, points: int, bill_fen: int, reference: str, key: str | None, moment: datetime
) -> int:
    held = spending.hold(
        merchant_id=merchant_id,
        member=member,
        purse=Purse.BASE,
        points=points,
        reference=f"hongmi-offset-{_short(reference)}",
        key=key,
        moment=moment,
        about={"bill_fen": bill_fen, "offset": reference},
    )
    assert held.act_id is not None
    spent_by = spending.capture(
        merchant_id=merchant_id,
        hold_id=held.act_id,
        points=None,
        key=None,
        moment=moment,
        about={"bill_fen": bill_fen, "offset": reference},
    )
    assert spent_by.act_id is not None
    return spent_by.act_id


def _refund(offset: Offset, reference: str, amount_fen: int, request_hash: bytes, moment: datetime) -> OffsetRefund:
    before = refund_split.Refunded(offset.refunded_bill_fen, offset.refunded_points, offset.refunded_fen)
    try:
        after = refund_split.share(refund_split.Bill(offset.bill_fen, offset.points), before, amount_fen)
    except ValueError:
        raise MoreThanWasTaken({"amount_fen": offset.bill_fen - before.bill_fen}) from None
    points_back = after.points - before.points
    act_id = None
    if points_back:
        booking = spending.refund(
            merchant_id=offset.merchant_id,
            spend_id=offset.act_id,
            points=points_back,
            reference=f"hongmi-offset-refund-{offset.pk}-{_short(reference)}",
            key=None,
            moment=moment,
            about={"offset": offset.reference, "amount_fen": amount_fen},
        )
        act_id = booking.act_id
    offset.refunded_bill_fen, offset.refunded_points, offset.refunded_fen = (
        after.bill_fen,
        after.points,
        after.money_fen,
    )
    with transaction.atomic():
        offset.save(update_fields=["refunded_bill_fen", "refunded_points", "refunded_fen"])
        return OffsetRefund.objects.create(
            offset=offset,
            reference=reference,
            request_hash=request_hash,
            amount_fen=amount_fen,
            points=points_back,
            money_fen=after.money_fen - before.money_fen,
            act_id=act_id,
        )


def _short(reference: str) -> str:
    """A digest of fixed length, because a reference of full length leaves no space for a prefix."""
    return hashlib.sha256(reference.encode()).hexdigest()[:32]
