"""A shop in plain Python, written from SPEC and not from the code: what the machine's orders must come to."""

from dataclasses import dataclass, field


class Refused(Exception):
    """Nothing happened; the text is the code."""


@dataclass
class PlainOrder:
    who: str
    item: str
    quantity: int
    points: int
    cash_fen: int
    status: str
    pay_before: int
    has_voucher: bool
    paid_fen: int = 0
    points_back: int = 0
    cash_back: int = 0
    late_fen: int = 0
    accepted_minute: int | None = None
    refunds: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Item:
    points: int
    cash_fen: int
    stock: int
    limit: int | None
    is_sent: bool


class PlainShop:
    """Time is minutes. One wallet a person; points that wait for cash are held."""

    def __init__(self, items: dict[str, Item], points: dict[str, int]) -> None:
        self.items, self.points = items, points
        self.held = dict.fromkeys(points, 0)
        self.had: dict[tuple[str, str], int] = {}
        self.orders: list[PlainOrder] = []

    def buy(self, who: str, name: str, quantity: int, minute: int) -> PlainOrder:
        item = self.items[name]
        if item.stock < quantity:
            raise Refused("sold_out")
        if self.points[who] < item.points * quantity:
            raise Refused("insufficient_points")
        if item.limit is not None and self.had.get((who, name), 0) + quantity > item.limit:
            raise Refused("limit_reached")
        points, cash = item.points * quantity, item.cash_fen * quantity
        self.points[who] -= points
        if cash:
            self.held[who] += points
        item.stock -= quantity
        self.had[who, name] = self.had.get((who, name), 0) + quantity
        status = "awaiting_cash" if cash else "confirmed"
        order = PlainOrder(who, name, quantity, points, cash, status, minute + 30, not item.is_sent)
        self.orders.append(order)
        return order

    def pay(self, order: PlainOrder, fen: int, minute: int) -> None:
        if order.paid_fen or order.late_fen:
            return
        if order.status == "awaiting_cash" and fen == order.cash_fen and minute < order.pay_before:
            self.held[order.who] -= order.points
            order.status, order.paid_fen = "confirmed", fen
            return
        order.late_fen = fen
        if order.status == "awaiting_cash":
            self._give_up(order)

    def time_out(self, minute: int) -> None:
        for order in self.orders:
            if order.status == "awaiting_cash" and minute >= order.pay_before:
                self._give_up(order)

    def cancel(self, order: PlainOrder) -> None:
        if order.status in ("cancelled", "refunded"):
            return
        if order.status == "awaiting_cash":
            self._give_up(order)
        elif order.status == "confirmed":
            self._return(order, order.points - order.points_back, order.cash_fen - order.cash_back)
            self._restock(order)
        else:
            raise Refused("order_step_refused")

    def ship(self, order: PlainOrder) -> None:
        if order.status == "confirmed" and order.has_voucher:
            raise Refused("order_is_picked_up")
        self._step(order, "confirmed", "fulfilled")

    def receive(self, order: PlainOrder) -> None:
        self._step(order, "fulfilled", "accepted")

    def accept(self, order: PlainOrder, minute: int) -> None:
        if order.status not in ("confirmed", "fulfilled"):
            raise Refused("voucher_not_acceptable")
        order.status, order.accepted_minute = "accepted", minute

    def undo(self, order: PlainOrder, minute: int) -> None:
        if order.status == "refunded" or order.accepted_minute is None or minute - order.accepted_minute > 15:
            raise Refused("undo_refused")
        if order.status == "accepted":
            order.status = "confirmed"
        order.accepted_minute = None

    def refund(self, order: PlainOrder, points: int, cash: int, name: str) -> None:
        if name in order.refunds:
            if order.refunds[name] != (points, cash):
                raise Refused("reference_conflict")
            return
        if order.status not in ("confirmed", "fulfilled", "accepted", "refunded"):
            raise Refused("order_step_refused")
        fits = points <= order.points - order.points_back and cash <= order.cash_fen - order.cash_back
        if not fits or not points + cash:
            raise Refused("refund_exceeds_original")
        order.refunds[name] = (points, cash)
        self._return(order, points, cash)

    def _step(self, order: PlainOrder, before: str, after: str) -> None:
        if order.status != before:
            raise Refused("order_step_refused")
        order.status = after

    def _return(self, order: PlainOrder, points: int, cash: int) -> None:
        self.points[order.who] += points
        order.points_back += points
        order.cash_back += cash
        if (order.points_back, order.cash_back) == (order.points, order.cash_fen):
            order.status = "refunded"

    def _give_up(self, order: PlainOrder) -> None:
        order.status = "cancelled"
        self.held[order.who] -= order.points
        self.points[order.who] += order.points
        self._restock(order)

    def _restock(self, order: PlainOrder) -> None:
        self.items[order.item].stock += order.quantity
        self.had[order.who, order.item] -= order.quantity
