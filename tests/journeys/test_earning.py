"""Earning by the two source texts and SPEC §2, with the real ledger. Each test is named by its requirement."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from merchants.models import Merchant, MerchantCategory
from merchants.operations import memberships, registrations
from merchants.operations.registrations import NewMember
from points import queries
from points.errors import InsufficientPoints
from points.models import EarningRule
from points.operations import earning_rules, expiry, grants, purchases, returns, spending
from points.operations.earning_rules import InvalidRule
from points.purchase import PurchaseRequest
from points.rules.clawback import Return
from points.types import Booking, Purse
from tests import factories

pytestmark = pytest.mark.usefixtures("committed_db")

SHANGHAI = timezone(timedelta(hours=8))
OPENING = datetime(2026, 1, 1, tzinfo=SHANGHAI)
SPRING = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)

ONE_PER_YUAN = {"kind": "rate", "points": 1, "per_fen": 100}
SIGN_UP = {"kind": "sign_up", "points": 50}
FIRST_ORDER = {"kind": "first_purchase", "threshold_fen": 10_000, "points": 200}
DOUBLE = {"kind": "multiplier", "percent": 200}


class Shop:
    """A live merchant with its rules."""

    def __init__(
        self, category: MerchantCategory, *rules: dict[str, Any], window: tuple[datetime, datetime] | None = None
    ) -> None:
        self.merchant = factories.merchant(category.value, category=category)
        for definition in rules:
            starts_at, ends_at = (window if window and definition["kind"] == "multiplier" else None) or (OPENING, None)
            self.publishes(definition, starts_at, ends_at)

    def publishes(self, definition: dict[str, Any], starts_at: datetime, ends_at: datetime | None = None) -> None:
        code = f"rule-{uuid4().hex[:8]}"
        rule = EarningRule.objects.create(merchant=self.merchant, code=code, name=definition["kind"])
        earning_rules.publish(rule=rule, definition=definition, starts_at=starts_at, ends_at=ends_at)

    def member(self, ref: str = "alice") -> "Buyer":
        registered = registrations.register(
            merchant_id=self.merchant.pk, member=NewMember(member_ref=ref), moment=OPENING
        )
        return Buyer(self, registered.member_id, registered.public_id)


class Buyer:
    """A member who buys at a shop."""

    def __init__(self, shop: Shop, member_id: int, public_id: UUID) -> None:
        self.shop = shop
        self.member_id = member_id
        self.public_id = public_id
        self._orders = 0
        self._returns = 0

    def signs_up(self, at: datetime = SPRING) -> Booking | None:
        return grants.award_sign_up(merchant_id=self.shop.merchant.pk, member=self.public_id, moment=at)

    def pays(self, yuan: float, at: datetime = SPRING) -> list[int]:
        """The points of each award of an order, as booked."""
        purchase = self._purchase(yuan, at)
        self._orders += 1
        booking = purchases.record(merchant_id=self.shop.merchant.pk, purchase=purchase, key=uuid4().hex, moment=at)
        return [award["points"] for award in booking.awards]

    def previews(self, yuan: float, at: datetime = SPRING) -> list[int]:
        """The points the next order would earn."""
        booking = purchases.preview(merchant_id=self.shop.merchant.pk, purchase=self._purchase(yuan, at), moment=at)
        return [award["points"] for award in booking.awards]

    def _purchase(self, yuan: float, at: datetime) -> PurchaseRequest:
        return PurchaseRequest(
            member=self.public_id,
            reference=self.order(self._orders + 1),
            occurred_at=at,
            amount_fen=round(yuan * 100),
        )

    def gives_back(self, order: int, yuan: float, at: datetime = SPRING) -> None:
        self._returns += 1
        returns.record(
            merchant_id=self.shop.merchant.pk,
            purchase_reference=self.order(order),
            reference=f"{self.order(order)}-return-{self._returns}",
            returned=Return(round(yuan * 100)),
            key=uuid4().hex,
            occurred_at=at,
            moment=at,
        )

    def redeems(self, points: int, at: datetime) -> Booking:
        return spending.redeem(
            merchant_id=self.shop.merchant.pk,
            member=self.public_id,
            purse=Purse.BASE,
            points=points,
            reference=uuid4().hex,
            key=None,
            moment=at,
        )

    def order(self, number: int) -> str:
        return f"{self.public_id}-{number}"

    def balance(self, at: datetime = SPRING) -> int:
        return queries.wallets(member_id=self.member_id, moment=at)[0].balance

    def available(self, at: datetime = SPRING) -> int:
        return queries.wallets(member_id=self.member_id, moment=at)[0].available


@pytest.mark.parametrize(("yuan", "points"), [(50.00, 50), (199.99, 199), (0.99, 0), (0.00, 0)])
def test_r01_one_yuan_is_one_point_floored_once_per_order(yuan: float, points: int) -> None:
    alice = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN).member()
    alice.pays(yuan)
    assert alice.balance() == points


@pytest.mark.parametrize(
    ("category", "months", "yuan", "points"),
    [
        pytest.param(MerchantCategory.STATIONERY, 10, 50, 500, id="r02-student-notebook-set"),
        pytest.param(MerchantCategory.STATIONERY, 5, 200, 1000, id="r03-office-stationery"),
        pytest.param(MerchantCategory.AUTOMOTIVE, 5, 1000, 5000, id="r04-car-owner-basic-maintenance"),
    ],
)
def test_r02_r03_r04_monthly_purchases_add_up_to_the_reward(
    category: MerchantCategory, months: int, yuan: int, points: int
) -> None:
    alice = Shop(category, ONE_PER_YUAN).member()
    last = OPENING
    for month in range(months - 1):
        last = OPENING + timedelta(days=30 * month)
        alice.pays(yuan, at=last)
    with pytest.raises(InsufficientPoints) as refused:
        alice.redeems(points, at=last)
    assert refused.value.facts["missing"] == yuan
    last += timedelta(days=30)
    alice.pays(yuan, at=last)
    assert alice.redeems(points, at=last).movements[0].balance_after == 0


def test_r05_a_sign_up_gift_is_given_once_per_person_and_merchant() -> None:
    cosmetics, pets = (Shop(category, SIGN_UP) for category in (MerchantCategory.COSMETICS, MerchantCategory.PETS))
    alice = cosmetics.member()
    alice.signs_up()
    assert alice.balance() == 50
    again = alice.signs_up(SPRING + timedelta(days=400))
    assert again is not None
    assert again.status == "replayed"
    assert alice.balance() == 50

    memberships.join(merchant_id=pets.merchant.pk, member_id=alice.member_id, moment=SPRING)
    Buyer(pets, alice.member_id, alice.public_id).signs_up()
    assert alice.balance() == 100


def test_r05_a_member_who_leaves_and_comes_back_gets_no_second_gift() -> None:
    shop = Shop(MerchantCategory.COSMETICS, SIGN_UP)
    alice = shop.member()
    alice.signs_up()
    shop.merchant.memberships.update(left_at=SPRING)
    memberships.join(merchant_id=shop.merchant.pk, member_id=alice.member_id, moment=SPRING)
    alice.signs_up(SPRING + timedelta(days=1))
    assert alice.balance() == 50


def test_r05_another_version_of_the_rule_is_no_second_gift() -> None:
    shop = Shop(MerchantCategory.COSMETICS, SIGN_UP)
    alice = shop.member()
    alice.signs_up()
    rule = EarningRule.objects.create(merchant=shop.merchant, code="new", name="新注册礼")
    earning_rules.publish(rule=rule, definition=SIGN_UP | {"points": 80}, starts_at=OPENING)
    alice.signs_up(SPRING + timedelta(days=1))
    assert alice.balance() == 50


def test_r06_a_first_order_below_the_threshold_is_used_up() -> None:
    alice = Shop(MerchantCategory.COSMETICS, ONE_PER_YUAN, FIRST_ORDER).member()
    alice.pays(99)
    assert alice.balance() == 99
    alice.pays(100)
    assert alice.balance() == 199


def test_r06_a_first_order_of_100_yuan_earns_200_more_and_the_second_none() -> None:
    alice = Shop(MerchantCategory.COSMETICS, ONE_PER_YUAN, FIRST_ORDER).member()
    assert sorted(alice.pays(100)) == [100, 200]
    assert sum(alice.pays(100)) == 100
    assert alice.balance() == 400


def test_r06_a_returned_first_order_takes_the_bonus_and_does_not_bring_it_back() -> None:
    alice = Shop(MerchantCategory.COSMETICS, ONE_PER_YUAN, FIRST_ORDER).member()
    alice.pays(100)
    alice.gives_back(1, 100)
    assert alice.balance() == 0
    alice.pays(100)
    assert alice.balance() == 100


def test_r06_a_buyer_from_before_the_rule_is_no_newcomer() -> None:
    shop = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN)
    alice, bob = shop.member("alice"), shop.member("bob")
    alice.pays(10, at=OPENING)
    shop.publishes(FIRST_ORDER, SPRING)
    assert sum(alice.previews(100)) == 100
    assert sum(alice.pays(100)) == 100
    assert sum(bob.previews(100)) == 300
    assert sum(bob.pays(100)) == 300


def test_r06_is_judged_for_each_merchant_alone() -> None:
    first, second = (Shop(MerchantCategory.COSMETICS, ONE_PER_YUAN, FIRST_ORDER) for _ in range(2))
    alice = first.member()
    alice.pays(100)
    memberships.join(merchant_id=second.merchant.pk, member_id=alice.member_id, moment=SPRING)
    Buyer(second, alice.member_id, alice.public_id).pays(100)
    assert alice.balance() == 600


def test_r08_points_are_double_inside_the_window_and_single_a_second_after_it() -> None:
    starts_at, ends_at = datetime(2026, 3, 8, tzinfo=SHANGHAI), datetime(2026, 3, 9, tzinfo=SHANGHAI)
    alice = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN, DOUBLE, window=(starts_at, ends_at)).member()
    second = timedelta(seconds=1)
    earned = [sum(alice.pays(50, at=at)) for at in (starts_at - second, starts_at, ends_at - second, ends_at)]
    assert earned == [50, 100, 100, 50]


def test_r34_r36_points_earned_by_spending_are_the_same_ten_years_later() -> None:
    alice = Shop(MerchantCategory.APPLIANCES, ONE_PER_YUAN).member()
    alice.pays(4999)
    later = SPRING.replace(year=SPRING.year + 10)
    while expiry.expire_due(moment=later):
        pass
    assert (alice.balance(later), alice.available(later)) == (4999, 4999)
    assert alice.redeems(4999, at=later).movements[0].balance_after == 0


def test_r34_a_rule_that_would_let_them_expire_cannot_be_published() -> None:
    with pytest.raises(InvalidRule) as refused:
        Shop(MerchantCategory.APPLIANCES, ONE_PER_YUAN | {"valid_days": 3650, "expiry_notice": "十年有效"})
    assert [problem.code for problem in refused.value.problems] == ["spending_never_expires"]


def test_return_rule_of_199_99_less_100_00_99_points_stay_and_earlier_clawbacks_count() -> None:
    alice = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN).member()
    alice.pays(199.99)
    alice.gives_back(1, 100)
    assert alice.balance() == 99
    alice.gives_back(1, 0.99)
    assert alice.balance() == 99
    alice.gives_back(1, 99)
    assert alice.balance() == 0


def test_return_rule_of_a_first_order_of_100_yuan_less_1_99_points_stay() -> None:
    alice = Shop(MerchantCategory.COSMETICS, ONE_PER_YUAN, FIRST_ORDER).member()
    assert sorted(alice.pays(100)) == [100, 200]
    alice.gives_back(1, 1)
    assert alice.balance() == 99


def test_return_rule_is_that_of_the_version_in_force_at_the_purchase() -> None:
    shop = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN)
    alice = shop.member()
    alice.pays(200)
    rule = EarningRule.objects.get(merchant=shop.merchant)
    earning_rules.publish(rule=rule, definition=ONE_PER_YUAN | {"points": 5}, starts_at=SPRING + timedelta(days=1))
    alice.gives_back(1, 100, at=SPRING + timedelta(days=2))
    assert alice.balance(SPRING + timedelta(days=2)) == 100


@pytest.mark.parametrize(("policy", "owed", "after_the_next_100"), [("forgive", 0, 100), ("owe", 100, 0)])
def test_return_rule_of_spent_points_forgives_or_owes_by_the_merchants_policy(
    policy: str, owed: int, after_the_next_100: int
) -> None:
    shop = Shop(MerchantCategory.STATIONERY, ONE_PER_YUAN)
    Merchant.objects.filter(pk=shop.merchant.pk).update(clawback_policy=policy)
    alice = shop.member()
    alice.pays(100)
    alice.redeems(100, at=SPRING)
    alice.gives_back(1, 100)
    assert queries.wallets(member_id=alice.member_id, moment=SPRING)[0].owed == owed
    alice.pays(100)
    assert alice.balance() == after_the_next_100
