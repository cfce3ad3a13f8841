"""How the refund of part of a bill is shared, for every bill and every series of refunds (SPEC R25)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redemption.refund_split import Bill, Refunded, share


def test_R25_half_of_the_bill_brings_back_half_of_the_points() -> None:
    assert share(Bill(80_000, 2000), Refunded(), 40_000) == Refunded(40_000, 1000, 35_000)


def test_odd_fen_go_to_money() -> None:
    assert share(Bill(80_000, 2000), Refunded(), 39) == Refunded(39, 0, 39)
    assert share(Bill(80_000, 2000), Refunded(), 41) == Refunded(41, 1, 36)


def test_where_no_money_was_paid_odd_fen_are_rounded_up_to_a_point_once() -> None:
    first = share(Bill(10, 2), Refunded(), 3)
    assert first == Refunded(3, 1, 0)
    assert share(Bill(10, 2), first, 2) == Refunded(5, 1, 0)


@pytest.mark.parametrize("amount_fen", [0, -1, 80_001])
def test_more_than_is_left_is_refused(amount_fen: int) -> None:
    with pytest.raises(ValueError, match="80000 fen"):
        share(Bill(80_000, 2000), Refunded(), amount_fen)


@given(st.integers(5, 100_000), st.data())
def test_any_refunds_in_any_order_end_exactly_and_never_exceed(bill_fen: int, data: st.DataObject) -> None:
    bill = Bill(bill_fen, data.draw(st.integers(1, bill_fen // 5)))
    amounts = data.draw(st.lists(st.integers(1, max(1, bill_fen // 4)), max_size=20))
    back = Refunded()
    for requested in [*amounts, bill_fen]:
        before, left = back, bill_fen - back.bill_fen
        if left == 0:
            break
        back = share(bill, before, min(requested, left))
        assert before.points <= back.points <= bill.points
        assert before.money_fen <= back.money_fen <= bill.money_fen
        assert abs(back.points * 5 + back.money_fen - back.bill_fen) <= 4
    assert (back.points, back.money_fen) == (bill.points, bill.money_fen)
