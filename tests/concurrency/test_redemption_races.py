"""Ordering at the same moment. Where a lock or a condition decides, a control takes it out and shows the race is real.

All in one clone per test: a weakened safeguard must not outlive its test.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import QuerySet, Sum

from hongmi.lib import retry
from hongmi.lib.errors import DomainError
from hongmi.lib.shanghai import SHANGHAI
from points.models import Hold, Wallet
from points.operations import expiry
from redemption.errors import LimitReached, SoldOut
from redemption.models import LimitUsage, OffsetRefund, Order, Refund, Reward, Voucher, VoucherStatus
from redemption.operations import offsets, orders, payments, refunds, reservations, steps, vouchers
from redemption.operations import orders as ordering
from redemption.payments import sandbox
from tests import factories
from tests.concurrency.racing import BELOW_NOTHING, KEY_TWICE, PATIENCE_SECONDS, Stopped, meet, stoppable, together
from tests.concurrency.weakened import without_wallet_locks
from tests.points import cast
from tests.redemption import shopping
from tests.redemption.shopping import DAY, MINUTE, NOON, SECOND


def attempt(act: Callable[[], Any]) -> Callable[[], str]:
    """`done`, the code of a refusal, or the name of the constraint that refused it."""

    def run() -> str:
        try:
            answer = stoppable(act)()
        except DomainError as refusal:
            return str(refusal.code)
        return answer.code if isinstance(answer, Stopped) else "done"

    return run


def ordered(reward: Reward, who: Any, **fields: Any) -> Callable[[], str]:
    return attempt(partial(shopping.order, reward, who, **fields))


def without_condition(monkeypatch: pytest.MonkeyPatch, *, buyers: int) -> None:
    """Read the stock and write it later, without regard for other buyers."""
    all_have_read = threading.Barrier(buyers)

    def careless(order: Order) -> None:
        left = Reward.objects.values_list("stock", flat=True).get(pk=order.reward_id)
        if left is not None and left < order.quantity:
            raise SoldOut
        all_have_read.wait(timeout=PATIENCE_SECONDS)
        Reward.objects.filter(pk=order.reward_id).update(stock=left - order.quantity if left is not None else None)

    monkeypatch.setattr(reservations, "_take_stock", careless)


def without_counting(monkeypatch: pytest.MonkeyPatch, *, orders: int) -> None:
    """Count a limit of one a day before the wallet is locked, so that every order counts none."""
    all_have_looked = threading.Barrier(orders)

    def careless(order: Order, quote: Any, member: Any, key: Any, moment: datetime, actor_id: Any) -> None:
        today = moment.astimezone(SHANGHAI).date()
        others = Order.objects.filter(member=order.member_id, reward=order.reward_id, placed_at__date=today)
        if others.exclude(pk=order.pk).exists():
            raise LimitReached({"limit": 1, "window": "day"})
        all_have_looked.wait(timeout=PATIENCE_SECONDS)
        spend(order, quote, member, key, moment, actor_id)

    spend = ordering._spend
    monkeypatch.setattr(reservations, "_count_against_limit", lambda order, moment: None)
    monkeypatch.setattr(ordering, "_spend", careless)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_of_64_buyers_for_one_item_one_gets_it(own_db: str, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    if not guarded:
        without_condition(monkeypatch, buyers=8)
    stationer = shopping.shop()
    last = shopping.reward(stationer, 10, stock=1)
    people = [shopping.buyer(f"Alice {number}", stationer, points=10) for number in range(64 if guarded else 8)]
    # The pool has a connection for each of the 64 and no more.
    connection.close()
    answers = Counter(together(*(ordered(last, who) for who in people)))
    last.refresh_from_db()
    if not guarded:
        assert (answers, last.stock) == (Counter(done=8), 0)
        return
    assert (answers, last.stock) == (Counter(done=1, sold_out=63), 0)
    # A buyer who got nothing still has all points.
    assert sorted(Wallet.objects.filter(member__in=people).values_list("balance", flat=True)) == [0] + [10] * 63
    assert Order.objects.count() == 1


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_R28_on_redemption_day_50_buyers_share_ten(own_db: str, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    buyers = 50 if guarded else 12
    if not guarded:
        without_condition(monkeypatch, buyers=buyers)
    stationer = shopping.shop()
    day = NOON.astimezone(SHANGHAI).day
    monthly = shopping.reward(stationer, 10, stock=10, redemption_day=day)
    people = [shopping.buyer(f"Alice {number}", stationer, points=10) for number in range(buyers)]
    connection.close()
    answers = Counter(together(*(ordered(monthly, who) for who in people)))
    monthly.refresh_from_db()
    sold = (Counter(done=10, sold_out=40), 0) if guarded else (Counter(done=12), 9)
    assert (answers, monthly.stock) == sold


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_voucher_from_32_clients_is_accepted_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop()
    store = factories.store(stationer)
    done = shopping.placed(shopping.reward(stationer, 10), shopping.buyer("Alice", stationer, points=10))
    code = vouchers.code_of(done.vouchers.get())
    if not guarded:
        monkeypatch.setattr(steps, "locked", lambda *, order_id: Order.objects.get(pk=order_id))
    meet(owner_cursor, before="UPDATE ON redemption_voucher", parties=6, guarded=guarded)

    def accept(number: int) -> None:
        vouchers.accept(
            counter=vouchers.Counter(stationer.pk, credential_id=number),
            code=code,
            store_id=store.pk,
            key=None,
            moment=NOON,
        )

    answers = Counter(together(*(attempt(partial(accept, number)) for number in range(32 if guarded else 6))))
    assert answers == (Counter(done=1, voucher_not_acceptable=31) if guarded else Counter(done=6))
    accepted = Voucher.objects.get(pk=done.vouchers.get().pk)
    assert accepted.status == VoucherStatus.ACCEPTED
    assert accepted.steps.count() == (1 if guarded else 6)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_of_two_orders_beyond_one_balance_one_is_refused(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    alice = shopping.buyer("Alice", stationer, garage, points=100)
    rewards = [shopping.reward(shop, 80) for shop in (stationer, garage)]
    if not guarded:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=guarded)
    answers = together(*(ordered(reward, alice) for reward in rewards))
    # Without the lock both find enough, and only the constraint that no lot falls below 0 refuses the second.
    assert sorted(answers) == (["done", "insufficient_points"] if guarded else [BELOW_NOTHING, "done"])
    assert shopping.balance(alice) == (20, 0)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_reference_from_16_threads_is_one_order(own_db: str, owner_cursor: psycopg.Cursor, guarded: bool) -> None:
    if not guarded:
        owner_cursor.execute("ALTER TABLE redemption_order DROP CONSTRAINT an_order_reference_is_used_once")
        # A request with the same key as another waits for the end of that one.
        meet(owner_cursor, before="INSERT ON redemption_order", parties=4)
    stationer = shopping.shop()
    reward = shopping.reward(stationer, 10, stock=16)
    alice = shopping.buyer("Alice", stationer, points=160)
    acts = [partial(shopping.order, reward, alice, reference="r", key=f"k{number % 4}") for number in range(16)]
    answers = together(*acts)
    if not guarded:
        assert (Order.objects.filter(reference="r").count(), shopping.balance(alice)) == (4, (120, 0))
        return
    assert Counter(answer.is_replay for answer in answers) == Counter({True: 15, False: 1})
    assert (len({answer.order.pk for answer in answers}), shopping.balance(alice)) == (1, (150, 0))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_key_for_orders_of_8_people_is_the_key_of_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop()
    reward = shopping.reward(stationer, 10, stock=16)
    people = [shopping.buyer(f"Alice {number}", stationer, points=10) for number in range(8)]
    if not guarded:
        owner_cursor.execute("ALTER TABLE redemption_requestkey DROP CONSTRAINT a_key_stands_for_one_request")
        meet(owner_cursor, before="INSERT ON points_act", parties=8)
        monkeypatch.setattr(retry, "ATTEMPTS", 1)
    answers = Counter(together(*(ordered(reward, who, key="k") for who in people)))
    # Behind the first guard is the ledger function's own; an order that meets that one tries again.
    assert answers == Counter({"done": 1, "key_reused" if guarded else KEY_TWICE: 7})
    assert Order.objects.count() == 1


@pytest.mark.parametrize("asks_again", [True, False], ids=["asks again", "control"])
def test_one_key_for_an_order_and_for_another_member_s_purchase_is_the_key_of_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, asks_again: bool
) -> None:
    stationer = shopping.shop()
    reward = shopping.reward(stationer, 10, stock=16)
    alice, bob = (shopping.buyer(name, stationer, points=10) for name in ("Alice", "Bob"))
    # Orders have keys of their own, so only the ledger's unique index refuses the second.
    meet(owner_cursor, before="INSERT ON points_act")
    if not asks_again:
        monkeypatch.setattr(retry, "ATTEMPTS", 1)
    purchase = attempt(lambda: cast.buy(stationer, bob, cast.award(5), key="k"))
    answers = together(ordered(reward, alice, key="k"), purchase)
    assert sorted(answers) == ["done", "key_reused" if asks_again else KEY_TWICE]
    is_ordered = Order.objects.exists()
    assert (shopping.balance(alice)[0], shopping.balance(bob)[0]) == ((0, 10) if is_ordered else (10, 15))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_limit_of_one_holds_for_16_orders_of_one_person(
    own_db: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop()
    reward = shopping.reward(stationer, 10, per_person_limit=1, limit_window="day")
    alice = shopping.buyer("Alice", stationer, points=1000)
    if not guarded:
        without_counting(monkeypatch, orders=4)
    answers = Counter(together(*[ordered(reward, alice)] * (16 if guarded else 4)))
    assert answers == (Counter(done=1, limit_reached=15) if guarded else Counter(done=4))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_limit_per_day_counts_each_side_of_midnight_alone(
    own_db: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    pairs = 8 if guarded else 2
    if not guarded:
        without_counting(monkeypatch, orders=2 * pairs)
    stationer = shopping.shop()
    reward = shopping.reward(stationer, 10, per_person_limit=1, limit_window="day")
    alice = shopping.buyer("Alice", stationer, points=1000)
    # 16:00 UTC is midnight in Shanghai.
    midnight = NOON.replace(hour=16)
    answers = Counter(
        together(*[ordered(reward, alice, at=midnight - SECOND), ordered(reward, alice, at=midnight)] * pairs)
    )
    if not guarded:
        assert answers == Counter(done=4)
        return
    assert answers == Counter(done=2, limit_reached=14)
    assert sorted(LimitUsage.objects.filter(member_id=alice.pk).values_list("window", "used")) == [
        ("2026-11-22", 1), ("2026-11-23", 1),
    ]  # fmt: skip


def test_cancelling_paying_and_timing_out_at_once_end_one_way_and_lose_nothing(own_db: str) -> None:
    stationer = shopping.shop(takes_cash=True)
    reward = shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490, stock=100)
    seen = Counter[str]()
    for number in range(12):
        alice = shopping.buyer(f"Alice {number}", stationer, points=300)
        waiting = shopping.placed(reward, alice)
        notice = sandbox.pay(number=waiting.payments.get().number, moment=NOON)
        cancel = partial(orders.cancel, order_id=waiting.pk, reason="不要了", moment=NOON + 29 * MINUTE)
        paid = partial(payments.settle, provider="sandbox", notice=notice, moment=NOON + 29 * MINUTE)
        late = partial(orders.cancel_unpaid, moment=NOON + 30 * MINUTE)
        answers = together(*(attempt(act) for act in (cancel, paid, late, paid)))
        assert set(answers) == {"done"}
        payments.send_refunds(moment=NOON + DAY)
        expiry.lapse_due(moment=NOON + DAY)
        end, payment = shopping.now(waiting), waiting.payments.get()
        seen[end.status] += 1
        assert end.status in ("cancelled", "refunded")
        # The money came, so it went back, once; and so did the points.
        assert (payment.status, payment.refunded_fen, shopping.balance(alice)) == ("refunded", 990, (300, 0))
    reward.refresh_from_db()
    assert (reward.stock, Refund.objects.filter(cash_status="due").count()) == (100, 0)
    assert not Hold.objects.filter(is_open=True).exists()
    assert sum(seen.values()) == 12


@pytest.mark.parametrize("first", ["paid", "cancelled"])
def test_control_an_order_read_before_its_lock_is_ended_twice(
    own_db: str, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    stationer = shopping.shop(takes_cash=True)
    reward = shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490, stock=10)
    waiting = shopping.placed(reward, shopping.buyer("Alice", stationer, points=300))
    notice = sandbox.pay(number=waiting.payments.get().number, moment=NOON)
    paid = partial(payments.settle, provider="sandbox", notice=notice, moment=NOON + 29 * MINUTE)
    cancelled = partial(orders.cancel, order_id=waiting.pk, reason="不要了", moment=NOON + 29 * MINUTE)
    acts = [paid, cancelled] if first == "paid" else [cancelled, paid]
    # Without the lock the second may have read this before the first has ended it.
    seen = Order.objects.get(pk=waiting.pk)
    acts[0]()
    monkeypatch.setattr(steps, "locked", lambda **which: seen)
    # The steps of an order keep what is paid from being cancelled; the piece of a cancelled one comes back twice.
    assert attempt(acts[1])() == ("HM202" if first == "paid" else "done")
    reward.refresh_from_db()
    assert reward.stock == (9 if first == "paid" else 11)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_refunds_of_one_order_at_once_never_exceed_it_in_points_and_in_money(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    stationer = shopping.shop(takes_cash=True)
    alice = shopping.buyer("Alice", stationer, points=300)
    done = shopping.placed(shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490), alice)
    shopping.pay(done)

    def refund(number: int, points_back: int, cash_fen: int) -> None:
        refunds.refund(
            order_id=done.pk, merchant_id=stationer.pk, points_back=points_back, cash_fen=cash_fen,
            reference=str(number), reason="退", moment=NOON,
        )  # fmt: skip

    in_points = [partial(refund, number, 90, 0) for number in range(8)]
    in_money = [partial(refund, number, 0, 300) for number in range(8, 16)]
    if not guarded:
        monkeypatch.setattr(steps, "locked", lambda *, order_id, merchant_id=None: Order.objects.get(pk=order_id))
    meet(owner_cursor, before="INSERT ON redemption_refund", parties=8, guarded=guarded)
    if not guarded:
        # The ledger function protects the points all the same; only the lock protects the money.
        assert Counter(together(*map(attempt, in_points))) == Counter(done=3, more_than_was_spent=5)
        owner_cursor.execute("ALTER SEQUENCE public.arrivals RESTART")
        assert Counter(together(*map(attempt, in_money))) == Counter(done=8)
        assert Refund.objects.filter(order=done).aggregate(total_fen=Sum("cash_fen")) == {"total_fen": 2400}
        return
    answers = Counter(together(*map(attempt, in_points + in_money)))
    back = Refund.objects.filter(order=done).aggregate(points=Sum("points"), cash_fen=Sum("cash_fen"))
    assert answers == Counter(done=6, refund_exceeds_original=10)
    assert back == {"points": 270, "cash_fen": 900}
    assert shopping.balance(alice) == (270, 0)
    assert payments.send_refunds(moment=NOON + DAY) == 3
    assert done.payments.get().refunded_fen == 900


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_refunds_of_one_bill_at_once_never_exceed_it(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    garage = shopping.shop("garage")
    alice = shopping.buyer("Alice", garage, points=100)
    offsets.accept(
        merchant_id=garage.pk, member=alice.public_id, bill_fen=10_000, points_spent=2, reference="bill",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip

    if not guarded:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
    meet(owner_cursor, before="UPDATE ON redemption_offset", parties=8, guarded=guarded)

    def refund(number: int) -> None:
        offsets.refund(
            merchant_id=garage.pk, offset_reference="bill", reference=str(number), amount_fen=3000, key=None,
            moment=NOON,
        )  # fmt: skip

    answers = Counter(together(*(attempt(partial(refund, number)) for number in range(8))))
    refunds = OffsetRefund.objects.aggregate(points=Sum("points"), money_fen=Sum("money_fen"))
    if not guarded:
        assert (answers, refunds) == (Counter(done=8), {"points": 0, "money_fen": 24_000})
        return
    assert answers == Counter(done=3, refund_exceeds_original=5)
    # 90.00 of 100.00 that two points and 99.90 paid: one of the points, the rest in money.
    assert refunds == {"points": 1, "money_fen": 8995}
    assert shopping.balance(alice) == (99, 0)
