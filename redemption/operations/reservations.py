"""The stock, place, limit and offer that an order takes, and gives back when it is cancelled. Always under its lock."""

from datetime import datetime

from django.db import connection
from django.db.models import F

from hongmi.lib.shanghai import SHANGHAI
from redemption.errors import LimitReached, NotOnSale, SoldOut
from redemption.models import LimitUsage, LimitWindow, Offer, Order, Reward, Slot


def take(order: Order, *, moment: datetime) -> None:
    """Count the order against the member's limit and take its pieces, place and offer.

    Call it after the points are spent or held: the wallet is the lock under which a person's limit is counted. Raises
    LimitReached, SoldOut or NotOnSale.
    """
    _count_against_limit(order, moment)
    _take_stock(order)
    if order.slot_id is not None:
        places = Slot.objects.filter(pk=order.slot_id, places_left__gte=order.quantity)
        if not places.update(places_left=F("places_left") - order.quantity):
            raise SoldOut({"slot": order.slot_id})
    if order.offer_id is not None:
        unused = Offer.objects.filter(pk=order.offer_id, used_by_order_id=None)
        if not unused.update(used_by_order_id=order.pk):
            raise NotOnSale({"reward": order.reward_id})


def give_back(order: Order) -> None:
    """Return the pieces, the place, the limit and the offer of a locked order."""
    LimitUsage.objects.filter(
        member_id=order.member_id,
        reward_id=order.reward_id,
        window=limit_window(order.reward.limit_window, order.placed_at),
        used__gte=order.quantity,
    ).update(used=F("used") - order.quantity)
    Reward.objects.filter(pk=order.reward_id, stock__isnull=False).update(stock=F("stock") + order.quantity)
    if order.slot_id is not None:
        Slot.objects.filter(pk=order.slot_id).update(places_left=F("places_left") + order.quantity)
    Offer.objects.filter(used_by_order_id=order.pk).update(used_by_order_id=None)


def limit_window(window: str, moment: datetime) -> str:
    """The name of the window that a limit counts in, by Shanghai's calendar: 2026-11-22, 2026-11, 2026, ever."""
    day = moment.astimezone(SHANGHAI).date().isoformat()
    names = {LimitWindow.DAY: day, LimitWindow.MONTH: day[:7], LimitWindow.YEAR: day[:4]}
    return names.get(LimitWindow(window), "ever")


def _take_stock(order: Order) -> None:
    """Takes the pieces in one statement: stock that was read before the lock may be sold by now."""
    limited = Reward.objects.filter(pk=order.reward_id, stock__gte=order.quantity)
    if limited.update(stock=F("stock") - order.quantity):
        return
    if not Reward.objects.filter(pk=order.reward_id, stock__isnull=True).exists():
        raise SoldOut({"reward": order.reward_id})


def _count_against_limit(order: Order, moment: datetime) -> None:
    limit = order.reward.per_person_limit
    if limit is None:
        return
    window = limit_window(order.reward.limit_window, moment)
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
