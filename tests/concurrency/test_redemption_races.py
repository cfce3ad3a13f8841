"""Ordering at the same moment. Where a lock or a condition decides, a control takes it out and shows the race is real.

All in one clone per test: a weakened safeguard must not outlive its test.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet, Sum

from points import operations as points
from points.models import Hold, Wallet
from points.refusals import Refusal
from redemption import opening_times, operations
from redemption.models import LimitUsage, OffsetRefund, Order, Refund, Reward, Voucher, VoucherStatus
from redemption.operations import orders as ordering
from redemption.operations import steps
from redemption.payments import sandbox
from redemption.refusals import RedemptionRefused
from tests.concurrency.racing import dawdle, together
from tests.concurrency.test_races import without_wallet_locks
from tests.redemption import shopping
from tests.redemption.shopping import DAY, MINUTE, NOON, SECOND


def attempt(act: Callable[[], Any]) -> Callable[[], str]:
    """`done`, or the code of a refusal, or `broken` where only a constraint of the tables stood in the way."""

    def run() -> str:
        try:
            act()
        except (RedemptionRefused, Refusal) as refusal:
            return str(refusal.code)
        except DatabaseError:
            return "broken"
        return "done"

    return run


def ordered(reward: Reward, who: Any, **said: Any) -> Callable[[], str]:
    return attempt(partial(shopping.order, reward, who, **said))


def without_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock is read, and then written: the way it is done where nobody thinks of the other buyer."""

    def careless(order: Order) -> None:
        left = Reward.objects.values_list("stock", flat=True).get(pk=order.reward_id)
        if left is not None and left < order.quantity:
            raise operations.SoldOut
        Reward.objects.filter(pk=order.reward_id).update(stock=left - order.quantity if left is not None else None)

    monkeypatch.setattr(ordering, "_take_stock", careless)


def without_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of one a day, looked at before the wallet is locked: everybody finds nobody there yet."""

    def careless(order: Order, quote: Any, member: Any, key: Any, moment: datetime, actor_id: Any) -> None:
        today = moment.astimezone(opening_times.SHANGHAI).date()
        others = Order.objects.filter(member=order.member_id, reward=order.reward_id, placed_at__date=today)
        if others.exclude(pk=order.pk).exists():
            raise operations.LimitReached({"limit": 1, "window": "day"})
        spend(order, quote, member, key, moment, actor_id)

    spend = ordering._spend
    monkeypatch.setattr(ordering, "_count", lambda order, moment: None)
    monkeypatch.setattr(ordering, "_spend", careless)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_of_64_buyers_for_one_item_one_gets_it(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        without_condition(monkeypatch)
        dawdle(owner_cursor, "redemption_reward", on="UPDATE")
    stationer = shopping.shop()
    last = shopping.reward(stationer, 10, stock=1)
    people = [shopping.member(f"Alice {number}", stationer, points=10) for number in range(64 if guarded else 8)]
    # The pool has a connection for each of the 64, and none for who only watches.
    connection.close()
    answers = Counter(together(*(ordered(last, who) for who in people)))
    if not guarded:
        assert answers["done"] > 1
        return
    last.refresh_from_db()
    assert (answers, last.stock) == (Counter(done=1, sold_out=63), 0)
    # Whoever got nothing still has everything.
    assert sorted(Wallet.objects.filter(member__in=people).values_list("balance", flat=True)) == [0] + [10] * 63
    assert Order.objects.count() == 1


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_R28_on_redemption_day_50_buyers_share_ten(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        without_condition(monkeypatch)
        dawdle(owner_cursor, "redemption_reward", on="UPDATE", seconds=0.05)
    stationer = shopping.shop()
    day = NOON.astimezone(ordering.opening_times.SHANGHAI).day
    monthly = shopping.reward(stationer, 10, stock=10, redemption_day=day)
    people = [shopping.member(f"Alice {number}", stationer, points=10) for number in range(50)]
    connection.close()
    answers = Counter(together(*(ordered(monthly, who) for who in people)))
    assert (answers == Counter(done=10, sold_out=40)) == guarded
    assert guarded or answers["done"] > 10


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_voucher_from_32_tills_is_accepted_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop()
    store = shopping.store(stationer)
    done = shopping.placed(shopping.reward(stationer, 10), shopping.member("Alice", stationer, points=10))
    code = operations.code_of(done.vouchers.get())
    if not guarded:
        dawdle(owner_cursor, "redemption_voucher", on="UPDATE")
        monkeypatch.setattr(steps, "locked", lambda *, order_id: Order.objects.get(pk=order_id))

    def accept(till: int) -> None:
        operations.accept_voucher(
            counter=operations.Counter(stationer.pk, credential_id=till),
            code=code,
            store_id=store.pk,
            key=None,
            moment=NOON,
        )

    answers = Counter(together(*(attempt(partial(accept, till)) for till in range(32 if guarded else 6))))
    if guarded:
        assert answers == Counter(done=1, voucher_not_acceptable=31)
    accepted = Voucher.objects.get(pk=done.vouchers.get().pk)
    assert accepted.status == VoucherStatus.ACCEPTED
    assert (accepted.steps.count() == 1) == guarded


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_of_two_orders_beyond_one_balance_one_is_refused(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    if not guarded:
        without_wallet_locks(owner_cursor)
        dawdle(owner_cursor, "points_act")
    stationer, garage = shopping.shop(), shopping.shop("garage")
    alice = shopping.member("Alice", stationer, garage, points=100)
    answers = together(*(ordered(shopping.reward(shop, 80), alice) for shop in (stationer, garage)))
    # Without the lock both find enough, and only the tables' own constraints stand between.
    assert sorted(answers) == (["done", "insufficient_points"] if guarded else ["broken", "done"])
    assert shopping.balance(alice) == (20, 0)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_reference_from_16_threads_is_one_order(own_db: str, owner_cursor: psycopg.Cursor, guarded: bool) -> None:
    if not guarded:
        owner_cursor.execute("ALTER TABLE redemption_order DROP CONSTRAINT an_order_reference_is_used_once")
        dawdle(owner_cursor, "redemption_order")
    stationer = shopping.shop()
    pen = shopping.reward(stationer, 10, stock=16)
    alice = shopping.member("Alice", stationer, points=160)
    acts = [partial(shopping.order, pen, alice, reference="r", key=f"k{number % 4}") for number in range(16)]
    answers = together(*acts)
    if not guarded:
        assert Order.objects.filter(reference="r").count() > 1
        return
    assert Counter(answer.is_replay for answer in answers) == Counter({True: 15, False: 1})
    assert (len({answer.order.pk for answer in answers}), shopping.balance(alice)) == (1, (150, 0))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_limit_of_one_holds_for_16_orders_of_one_person(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop()
    pen = shopping.reward(stationer, 10, per_person_limit=1, limit_window="day")
    alice = shopping.member("Alice", stationer, points=1000)
    if not guarded:
        without_counting(monkeypatch)
        dawdle(owner_cursor, "points_act")
    answers = Counter(together(*[ordered(pen, alice)] * (16 if guarded else 4)))
    assert (answers["done"] == 1) == guarded


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_limit_per_day_counts_each_side_of_midnight_alone(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        without_counting(monkeypatch)
        dawdle(owner_cursor, "points_act")
    stationer = shopping.shop()
    pen = shopping.reward(stationer, 10, per_person_limit=1, limit_window="day")
    alice = shopping.member("Alice", stationer, points=1000)
    # 16:00 UTC is midnight in Shanghai.
    midnight = NOON.replace(hour=16)
    answers = Counter(together(*[ordered(pen, alice, at=midnight - SECOND), ordered(pen, alice, at=midnight)] * 8))
    if not guarded:
        assert answers["done"] > 2
        return
    assert answers == Counter(done=2, limit_reached=14)
    assert sorted(LimitUsage.objects.filter(member_id=alice.pk).values_list("window", "used")) == [
        ("2026-11-22", 1), ("2026-11-23", 1),
    ]  # fmt: skip


def test_cancelling_paying_and_timing_out_at_once_end_one_way_and_lose_nothing(own_db: str) -> None:
    stationer = shopping.shop(takes_cash=True)
    pen = shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490, stock=100)
    seen = Counter[str]()
    for number in range(12):
        alice = shopping.member(f"Alice {number}", stationer, points=300)
        waiting = shopping.placed(pen, alice)
        notice = sandbox.pay(number=waiting.payments.get().number, moment=NOON)
        cancel = partial(operations.cancel_order, order_id=waiting.pk, reason="不要了", moment=NOON + 29 * MINUTE)
        paid = partial(operations.settle, provider="sandbox", notice=notice, moment=NOON + 29 * MINUTE)
        late = partial(operations.end_unpaid, moment=NOON + 30 * MINUTE)
        assert "broken" not in together(*(attempt(act) for act in (cancel, paid, late, paid)))
        operations.send_refunds(moment=NOON + DAY)
        points.lapse_due(moment=NOON + DAY)
        end, payment = shopping.now(waiting), waiting.payments.get()
        seen[end.status] += 1
        assert end.status in ("cancelled", "refunded")
        # The money came, so it went back, once; and so did the points.
        assert (payment.status, payment.refunded_fen, shopping.balance(alice)) == ("refunded", 990, (300, 0))
    pen.refresh_from_db()
    assert (pen.stock, Refund.objects.filter(cash_status="due").count()) == (100, 0)
    assert not Hold.objects.filter(is_open=True).exists()
    assert sum(seen.values()) == 12


def test_control_without_the_orders_lock_payment_and_time_out_run_into_each_other(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    dawdle(owner_cursor, "points_act")

    def unlocked(*, order_id: int, merchant_id: int | None = None) -> Order:
        return Order.objects.get(pk=order_id)

    monkeypatch.setattr(steps, "locked", unlocked)
    stationer = shopping.shop(takes_cash=True)
    pen = shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490, stock=10)
    alice = shopping.member("Alice", stationer, points=300)
    waiting = shopping.placed(pen, alice)
    notice = sandbox.pay(number=waiting.payments.get().number, moment=NOON)
    answers = together(
        attempt(partial(operations.settle, provider="sandbox", notice=notice, moment=NOON + 29 * MINUTE)),
        attempt(partial(operations.cancel_order, order_id=waiting.pk, reason="不要了", moment=NOON + 29 * MINUTE)),
    )
    # Only the tables' own guards stand between then.
    assert "broken" in answers


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_refunds_of_one_order_at_once_never_exceed_it_in_points_and_in_money(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(steps, "locked", lambda *, order_id, merchant_id=None: Order.objects.get(pk=order_id))
        dawdle(owner_cursor, "redemption_refund")
    stationer = shopping.shop(takes_cash=True)
    alice = shopping.member("Alice", stationer, points=300)
    done = shopping.placed(shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490), alice)
    shopping.pay(done)

    def refund(number: int, points_back: int, cash_fen: int) -> None:
        operations.refund_order(
            order_id=done.pk, merchant_id=stationer.pk, points_back=points_back, cash_fen=cash_fen,
            reference=str(number), reason="退", moment=NOON,
        )  # fmt: skip

    acts = [partial(refund, number, *((90, 0) if number % 2 else (0, 300))) for number in range(16)]
    answers = Counter(together(*map(attempt, acts)))
    back = Refund.objects.filter(order=done).aggregate(points=Sum("points"), cash_fen=Sum("cash_fen"))
    if not guarded:
        # The pen keeps the points all the same; nobody but the lock keeps the money.
        assert back["cash_fen"] > 990
        return
    assert answers == Counter(done=6, refund_exceeds_original=10)
    assert back == {"points": 270, "cash_fen": 900}
    assert shopping.balance(alice) == (270, 0)
    assert operations.send_refunds(moment=NOON + DAY) == 3
    assert done.payments.get().refunded_fen == 900


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_refunds_of_one_bill_at_once_never_exceed_it(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
        dawdle(owner_cursor, "redemption_offset", on="UPDATE")
    garage = shopping.shop("garage")
    alice = shopping.member("Alice", garage, points=100)
    operations.accept_offset(
        merchant_id=garage.pk, member=alice.public_id, bill_fen=10_000, points_spent=2, reference="bill",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip

    def refund(number: int) -> None:
        operations.refund_offset(
            merchant_id=garage.pk, offset_reference="bill", reference=str(number), amount_fen=3000, key=None,
            moment=NOON,
        )  # fmt: skip

    answers = Counter(together(*(attempt(partial(refund, number)) for number in range(8))))
    refunds = OffsetRefund.objects.aggregate(points=Sum("points"), money_fen=Sum("money_fen"))
    if not guarded:
        assert refunds["money_fen"] > 9990
        return
    assert answers == Counter(done=3, refund_exceeds_original=5)
    # 90.00 of 100.00 that two points and 99.90 paid: one of the points, the rest in money.
    assert refunds == {"points": 1, "money_fen": 8995}
    assert shopping.balance(alice) == (99, 0)
