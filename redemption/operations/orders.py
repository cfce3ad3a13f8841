"""Orders, placed and cancelled: stock, limit, points, authorisation and offer change in one transaction.

Lock order: the request's key and the order's reference, the authorisation, the wallet, the limit, the reward's stock,
the slot, the offer, the outbox. Every later change of an order locks its row first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from hongmi.lib import idempotency
from hongmi.lib.errors import ReferenceConflict
from hongmi.lib.retry import in_one_transaction
from merchants import authorisations
from merchants import queries as merchants
from merchants.errors import MemberMerged, MemberNotFound
from merchants.models import SpendingAct
from points.operations import spending
from points.types import Purse
from redemption import opening_times, pricing, queries
from redemption.errors import (
    NotOnSale,
    NotRedeemableNow,
    OptionNeeded,
    OrderStepRefused,
    SoldOut,
)
from redemption.models import Logo, Order, OrderStatus, Reward, RewardKind, SystemReason, VoucherStatus
from redemption.operations import addresses, keys, outcomes, payments, refunds, reservations, steps

PAY_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """The body of an order. `with_cash` None: points alone where the reward is sold so, else points and cash."""

    reward_id: int
    quantity: int = 1
    with_cash: bool | None = None
    slot_id: int | None = None
    logo: UUID | None = None
    address: Mapping[str, str] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """A new order, or with `is_replay` the one that an earlier identical request placed."""

    order: Order
    is_replay: bool


def place(
    *,
    merchant_id: int,
    member: UUID,
    request: OrderRequest,
    reference: str,
    key: str | None,
    moment: datetime,
    authorisation: UUID | None = None,
    actor_id: int | None = None,
) -> PlacedOrder:
    """Order a reward of this merchant. Without cash it is confirmed at once; with cash it waits 30 minutes for payment.

    `authorisation` is the member's spend authorisation; None only where the member orders in person. Raises
    DomainError, and has written nothing.
    """
    request_hash = _request_hash(member, request, reference)

    def act() -> PlacedOrder:
        key_is_known = keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        known = Order.objects.filter(merchant_id=merchant_id, reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != request_hash:
                raise ReferenceConflict({"reference": reference})
            return PlacedOrder(known, is_replay=True)
        assert not key_is_known, "a key is stored together with its order"
        order, quote = _create(merchant_id, member, request, reference, request_hash, moment)
        if authorisation is not None:
            authorisations.use(
                authorisation_id=authorisation,
                merchant_id=merchant_id,
                member=member,
                act=SpendingAct.ORDER,
                points=order.points,
                reference=reference,
                moment=moment,
            )
        _spend(order, quote, member, key, moment, actor_id)
        return PlacedOrder(order, is_replay=False)

    placed = in_one_transaction(act)
    # After the commit, because the provider is another machine. A replay calls it again if it did not answer.
    payments.announce(order=placed.order)
    return placed


def cancel(
    *,
    order_id: int,
    reason: str,
    moment: datetime,
    merchant_id: int | None = None,
    key: str | None = None,
    actor_id: int | None = None,
) -> Order:
    """Cancel an order before it is fulfilled: points, cash, stock, place and limit go back. Idempotent.

    Raises OrderNotFound, or OrderStepRefused once goods were sent or a voucher accepted: they are returned instead.
    """
    request_hash = idempotency.request_hash(act="order.cancel", body={"order": order_id, "reason": reason})
    with transaction.atomic():
        if merchant_id is not None:
            keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        if order.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
            return order
        if order.status == OrderStatus.AWAITING_CASH:
            outcomes.abandon(order, reason=reason, moment=moment, actor_id=actor_id)
            return order
        if order.status != OrderStatus.CONFIRMED or order.vouchers.filter(status=VoucherStatus.ACCEPTED).exists():
            raise OrderStepRefused({"status": order.status})
        refunds.refund_rest(order, reference="cancelled", reason=reason, moment=moment, actor_id=actor_id)
        reservations.give_back(order)
        return order


def cancel_unpaid(*, moment: datetime, limit: int = 200) -> int:
    """Cancel orders whose time to pay is over. Returns how many."""
    due = Order.objects.filter(status=OrderStatus.AWAITING_CASH, pay_before__lte=moment).order_by("pay_before")
    ended = 0
    for order_id in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            order = steps.locked(order_id=order_id)
            # A callback may have come first while we waited for the lock.
            if order.status == OrderStatus.AWAITING_CASH:
                outcomes.abandon(order, reason=SystemReason.NOT_PAID, moment=moment)
                ended += 1
    return ended


def _request_hash(member: UUID, request: OrderRequest, reference: str) -> bytes:
    body = {
        "member": member,
        "reference": reference,
        "reward": request.reward_id,
        "quantity": request.quantity,
        "with_cash": request.with_cash,
        "slot": request.slot_id,
        "logo": request.logo,
        "address": dict(request.address) if request.address else None,
        "details": dict(request.details),
    }
    return idempotency.request_hash(act="order", body=body)


def _create(
    merchant_id: int, member: UUID, request: OrderRequest, reference: str, request_hash: bytes, moment: datetime
) -> tuple[Order, pricing.Quote]:
    """The order's row, which takes its reference, at today's price for this member."""
    reward = _reward(merchant_id, request, moment)
    membership = merchants.member(merchant_id=merchant_id, public_id=member)
    if membership is None:
        raise MemberNotFound
    if membership.merged_into is not None:
        raise MemberMerged({"merged_into": str(membership.merged_into)})
    logo = _logo(reward, membership.member_id, request)
    quote = _quote(membership.member_id, request, moment)
    order = Order.objects.create(
        merchant_id=merchant_id,
        member_id=membership.member_id,
        reward=reward,
        reference=reference,
        request_hash=request_hash,
        quantity=request.quantity,
        purse=reward.purse,
        points=quote.points * request.quantity,
        cash_fen=quote.cash_fen * request.quantity,
        face_value_fen=quote.face_value_fen * request.quantity,
        price_id=quote.price_id,
        offer_id=quote.offer_id,
        slot_id=request.slot_id,
        logo=logo,
        options=dict(request.details),
        address_cipher=addresses.encrypt(member_id=membership.member_id, address=request.address),
        status=OrderStatus.PLACED,
        placed_at=moment,
        status_at=moment,
    )
    return order, quote


def _reward(merchant_id: int, request: OrderRequest, moment: datetime) -> Reward:
    reward = queries.mall().filter(pk=request.reward_id, merchant_id=merchant_id).first()
    if reward is None:
        raise NotOnSale({"reward": request.reward_id})
    closed = opening_times.why_closed(
        opens_at=reward.opens_at,
        closes_at=reward.closes_at,
        redemption_day=reward.redemption_day,
        stock=reward.stock,
        quantity=request.quantity,
        moment=moment,
    )
    if closed == "sold_out":
        raise SoldOut({"left": reward.stock})
    if closed is not None:
        raise NotRedeemableNow({"why": closed})
    _require_slot(reward, request, moment)
    return reward


def _require_slot(reward: Reward, request: OrderRequest, moment: datetime) -> None:
    own_slots = reward.slots.filter(starts_at__gt=moment)
    if request.slot_id is not None and not own_slots.filter(pk=request.slot_id).exists():
        raise OptionNeeded({"option": "slot_id"})
    if request.slot_id is None and reward.slots.exists():
        raise OptionNeeded({"option": "slot_id"})


def _logo(reward: Reward, member_id: int, request: OrderRequest) -> Logo | None:
    """The logo to print, which this member uploaded at this merchant (SPEC R23)."""
    if request.logo is None:
        if reward.kind == RewardKind.CUSTOMISED and reward.details.get("needs_logo"):
            raise OptionNeeded({"option": "logo"})
        return None
    logo = Logo.objects.filter(public_id=request.logo, merchant_id=reward.merchant_id, member_id=member_id).first()
    if logo is None or reward.kind != RewardKind.CUSTOMISED:
        raise OptionNeeded({"option": "logo"})
    return logo


def _quote(member_id: int, request: OrderRequest, moment: datetime) -> pricing.Quote:
    choices = (False, True) if request.with_cash is None else (request.with_cash,)
    for with_cash in choices:
        quote = queries.quote_for(
            member_id=member_id,
            reward_id=request.reward_id,
            moment=moment,
            quantity=request.quantity,
            with_cash=with_cash,
        )
        if quote is not None:
            return quote
    raise NotOnSale({"reward": request.reward_id})


def _spend(
    order: Order, quote: pricing.Quote, member: UUID, key: str | None, moment: datetime, actor_id: int | None
) -> None:
    """Spend or hold the points, then take stock, place, limit and offer under the wallet's lock."""
    spend: dict[str, Any] = {
        "merchant_id": order.merchant_id,
        "member": member,
        "purse": Purse(order.purse),
        "points": order.points,
        "reference": f"hongmi-order-{order.pk}",
        "key": key,
        "moment": moment,
        "earmarks": [mark for mark in (order.reward.sku, order.reward.details.get("earmark")) if mark],
        "actor_id": actor_id,
        "about": {"order": order.pk, "reward": order.reward.title, "quantity": order.quantity},
        "granted_before": quote.granted_before,
    }
    if not order.cash_fen:
        booking = spending.redeem(**spend)
        reservations.take(order, moment=moment)
        outcomes.confirm(order, capture_id=booking.act_id, moment=moment, actor_id=actor_id)
        return
    pay_before = moment + PAY_WITHIN
    booking = spending.hold(**spend, expires_at=pay_before)
    reservations.take(order, moment=moment)
    payments.create(order)
    steps.take(
        order,
        OrderStatus.AWAITING_CASH,
        moment=moment,
        actor_id=actor_id,
        hold_id=booking.act_id,
        pay_before=pay_before,
    )
