"""Ordering: stock, limits, points, leave and offer move together or not at all (one transaction).

Lock order: the request's key and the order's reference, the leave, the wallet, what it counts (limit), the reward's
stock, the slot, the offer, the outbox. Whatever happens to an order later locks its row first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from hongmi.lib import idempotency, rls
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
    LimitReached,
    NotOnSale,
    NotRedeemableNow,
    OptionNeeded,
    OrderStepRefused,
    PickedUp,
    SoldOut,
)
from redemption.models import (
    Logo,
    Offer,
    Order,
    OrderStatus,
    OwnReason,
    Reward,
    RewardKind,
    Slot,
    VoucherStatus,
)
from redemption.operations import keys, outcomes, payments, refunds, steps

PAY_WITHIN = timedelta(minutes=30)
ADDRESS_CONTEXT = b"order address"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is ordered. `with_cash` None: points alone where the reward can be had so."""

    reward_id: int
    quantity: int = 1
    with_cash: bool | None = None
    slot_id: int | None = None
    logo: UUID | None = None
    address: Mapping[str, str] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order, or the one that the same request had made before."""

    order: Order
    is_replay: bool


def place(
    *,
    merchant_id: int,
    member: UUID,
    wish: OrderRequest,
    reference: str,
    key: str | None,
    moment: datetime,
    authorisation: UUID | None = None,
    actor_id: int | None = None,
) -> PlacedOrder:
    """Order a reward of this merchant. Without cash it is confirmed at once; with cash it waits 30 minutes for it.

    `authorisation` is the member's leave; None only where the member is the one who asks. Raises DomainError,
    and has written nothing.
    """
    asked = _digest(member, wish, reference)

    def act() -> PlacedOrder:
        is_known = keys.remember(merchant_id=merchant_id, key=key, request_hash=asked)
        known = Order.objects.filter(merchant_id=merchant_id, reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != asked:
                raise ReferenceConflict({"reference": reference})
            return PlacedOrder(known, is_replay=True)
        assert not is_known, "a key is remembered together with its order"
        order, quote = _written(merchant_id, member, wish, reference, asked, moment)
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
    # After the commit, because the provider is another machine; a replay asks again if it did not answer.
    payments.invite(order=placed.order)
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
    """Give an order up before it is fulfilled: points, cash, stock, place and limit go back. Twice is once.

    Raises OrderNotFound, or OrderStepRefused when it is too late: what was sent or accepted is returned, not cancelled.
    """
    asked = idempotency.request_hash(act="order.cancel", body={"order": order_id, "reason": reason})
    with transaction.atomic():
        if merchant_id is not None:
            keys.remember(merchant_id=merchant_id, key=key, request_hash=asked)
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        if order.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
            return order
        if order.status == OrderStatus.AWAITING_CASH:
            outcomes.abandon(order, reason=reason, moment=moment, actor_id=actor_id)
            return order
        if order.status != OrderStatus.CONFIRMED or order.vouchers.filter(status=VoucherStatus.ACCEPTED).exists():
            raise OrderStepRefused({"status": order.status})
        refunds.refund_rest(order, reference="cancelled", reason=reason, moment=moment, actor_id=actor_id)
        outcomes.give_back(order)
        return order


def cancel_unpaid(*, moment: datetime, limit: int = 200) -> int:
    """Cancel orders whose time to pay is over; answers how many."""
    due = Order.objects.filter(status=OrderStatus.AWAITING_CASH, pay_before__lte=moment).order_by("pay_before")
    ended = 0
    for order_id in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            order = steps.locked(order_id=order_id)
            # A callback may have come first while we waited for the lock.
            if order.status == OrderStatus.AWAITING_CASH:
                outcomes.abandon(order, reason=OwnReason.NOT_PAID, moment=moment)
                ended += 1
    return ended


def ship(
    *, order_id: int, merchant_id: int, carrier: str, tracking_number: str, moment: datetime, actor_id: int | None
) -> Order:
    """The goods are on their way to the order's address. Raises OrderStepRefused or PickedUp."""
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        steps.require(order, OrderStatus.FULFILLED)
        if order.address_cipher is None or order.vouchers.exists():
            raise PickedUp({"order": order_id})
        sent = {"carrier": carrier, "tracking_number": tracking_number}
        steps.take(order, OrderStatus.FULFILLED, moment=moment, actor_id=actor_id, **sent)
        return order


def confirm_receipt(*, order_id: int, moment: datetime, merchant_id: int | None = None, actor_id: int | None) -> Order:
    """The member has what was sent. Raises OrderStepRefused."""
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        if order.status != OrderStatus.FULFILLED:
            raise OrderStepRefused({"status": order.status})
        steps.take(order, OrderStatus.ACCEPTED, moment=moment, actor_id=actor_id)
        return order


def address_of(order: Order) -> dict[str, str] | None:
    """Where to send it, opened with the member's key; CannotOpen once the member was erased."""
    if order.address_cipher is None:
        return None
    # Who has left the merchant since is still waiting for the parcel.
    with rls.unscoped():
        key = order.member.data_key()
    plain = key.open(bytes(order.address_cipher), context=ADDRESS_CONTEXT)
    told: dict[str, str] = json.loads(plain)
    return told


def _digest(member: UUID, wish: OrderRequest, reference: str) -> bytes:
    told = {
        "reward": wish.reward_id,
        "quantity": wish.quantity,
        "with_cash": wish.with_cash,
        "slot": wish.slot_id,
        **({"logo": wish.logo} if wish.logo else {}),
        "address": dict(wish.address) if wish.address else None,
        "details": dict(wish.details),
    }
    return idempotency.request_hash(act="order", body={"member": member, "reference": reference, "wish": told})


def _written(
    merchant_id: int, member: UUID, wish: OrderRequest, reference: str, asked: bytes, moment: datetime
) -> tuple[Order, pricing.Quote]:
    """The order's row, which takes its reference, at today's price for this member."""
    reward = _reward(merchant_id, wish, moment)
    known = merchants.member(merchant_id=merchant_id, public_id=member)
    if known is None:
        raise MemberNotFound
    if known.merged_into is not None:
        raise MemberMerged({"merged_into": str(known.merged_into)})
    logo = _logo(reward, known.member_id, wish)
    quote = _quote(known.member_id, wish, moment)
    order = Order.objects.create(
        merchant_id=merchant_id,
        member_id=known.member_id,
        reward=reward,
        reference=reference,
        request_hash=asked,
        quantity=wish.quantity,
        purse=reward.purse,
        points=quote.points * wish.quantity,
        cash_fen=quote.cash_fen * wish.quantity,
        face_value_fen=quote.face_value_fen * wish.quantity,
        price_id=quote.price_id,
        offer_id=quote.offer_id,
        slot_id=wish.slot_id,
        logo=logo,
        options=dict(wish.details),
        address_cipher=_sealed(known.member_id, wish.address),
        status=OrderStatus.PLACED,
        placed_at=moment,
        status_at=moment,
    )
    return order, quote


def _reward(merchant_id: int, wish: OrderRequest, moment: datetime) -> Reward:
    reward = queries.mall().filter(pk=wish.reward_id, merchant_id=merchant_id).first()
    if reward is None:
        raise NotOnSale({"reward": wish.reward_id})
    closed = opening_times.why_closed(
        opens_at=reward.opens_at,
        closes_at=reward.closes_at,
        redemption_day=reward.redemption_day,
        stock=reward.stock,
        quantity=wish.quantity,
        moment=moment,
    )
    if closed == "sold_out":
        raise SoldOut({"left": reward.stock})
    if closed is not None:
        raise NotRedeemableNow({"why": closed})
    _require_options(reward, wish, moment)
    return reward


def _require_options(reward: Reward, wish: OrderRequest, moment: datetime) -> None:
    own_slots = reward.slots.filter(starts_at__gt=moment)
    if wish.slot_id is not None and not own_slots.filter(pk=wish.slot_id).exists():
        raise OptionNeeded({"option": "slot_id"})
    if wish.slot_id is None and reward.slots.exists():
        raise OptionNeeded({"option": "slot_id"})


def _logo(reward: Reward, member_id: int, wish: OrderRequest) -> Logo | None:
    """The logo that the pieces bear: one that this member uploaded at this merchant (SPEC R23)."""
    if wish.logo is None:
        if reward.kind == RewardKind.CUSTOMISED and reward.details.get("needs_logo"):
            raise OptionNeeded({"option": "logo"})
        return None
    logo = Logo.objects.filter(public_id=wish.logo, merchant_id=reward.merchant_id, member_id=member_id).first()
    if logo is None or reward.kind != RewardKind.CUSTOMISED:
        raise OptionNeeded({"option": "logo"})
    return logo


def _quote(member_id: int, wish: OrderRequest, moment: datetime) -> pricing.Quote:
    choices = (False, True) if wish.with_cash is None else (wish.with_cash,)
    for with_cash in choices:
        quote = queries.quote_for(
            member_id=member_id,
            reward_id=wish.reward_id,
            moment=moment,
            quantity=wish.quantity,
            with_cash=with_cash,
        )
        if quote is not None:
            return quote
    raise NotOnSale({"reward": wish.reward_id})


def _spend(
    order: Order, quote: pricing.Quote, member: UUID, key: str | None, moment: datetime, actor_id: int | None
) -> None:
    """Points first, because the wallet is the lock under which the person's limit is counted."""
    asked: dict[str, Any] = {
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
        booking = spending.redeem(**asked)
        _take(order, moment)
        outcomes.confirm(order, capture_id=booking.act_id, moment=moment, actor_id=actor_id)
        return
    pay_before = moment + PAY_WITHIN
    booking = spending.hold(**asked, expires_at=pay_before)
    _take(order, moment)
    payments.ask(order, pay_before=pay_before)
    steps.take(
        order,
        OrderStatus.AWAITING_CASH,
        moment=moment,
        actor_id=actor_id,
        hold_id=booking.act_id,
        pay_before=pay_before,
    )


def _take(order: Order, moment: datetime) -> None:
    _count(order, moment)
    _take_stock(order)
    if order.slot_id is not None:
        places = Slot.objects.filter(pk=order.slot_id, places_left__gte=order.quantity)
        if not places.update(places_left=F("places_left") - order.quantity):
            raise SoldOut({"slot": order.slot_id})
    if order.offer_id is not None:
        _use_offer(order, order.offer_id)


def _use_offer(order: Order, offer_id: int) -> None:
    if not Offer.objects.filter(pk=offer_id, used_by_order_id=None).update(used_by_order_id=order.pk):
        raise NotOnSale({"reward": order.reward_id})


def _take_stock(order: Order) -> None:
    """In one statement, because what was read before the lock may be sold by now."""
    limited = Reward.objects.filter(pk=order.reward_id, stock__gte=order.quantity)
    if limited.update(stock=F("stock") - order.quantity):
        return
    if not Reward.objects.filter(pk=order.reward_id, stock__isnull=True).exists():
        raise SoldOut({"reward": order.reward_id})


def _count(order: Order, moment: datetime) -> None:
    limit = order.reward.per_person_limit
    window = outcomes.limit_window(order.reward.limit_window, moment)
    if limit is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO redemption_limitusage AS u (member_id, reward_id, "window", used)
            SELECT %(member)s, %(reward)s, %(window)s, %(quantity)s WHERE %(quantity)s <= %(limit)s
            ON CONFLICT (member_id, reward_id, "window")
            DO UPDATE SET used = u.used + excluded.used WHERE u.used + excluded.used <= %(limit)s
            """,
            {
                "member": order.member_id,
                "reward": order.reward_id,
                "window": window,
                "quantity": order.quantity,
                "limit": limit,
            },
        )
        if not cursor.rowcount:
            raise LimitReached({"limit": limit, "window": window})


def _sealed(member_id: int, address: Mapping[str, str] | None) -> bytes | None:
    if address is None:
        return None
    key = User.objects.get(pk=member_id).data_key()
    return key.seal(json.dumps(dict(address), ensure_ascii=False).encode(), context=ADDRESS_CONTEXT)
