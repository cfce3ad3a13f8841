"""A batch books what the same purchases would have booked one by one, and answers the same."""

import hashlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from hongmi.lib.errors import DomainError
from merchants.models import Merchant
from notifications.models import Outbox
from points.ledger import functions
from points.models import Act, Debt, Journal, Lot, Once, Posting, Wallet
from points.types import BatchResult
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

CAST = ("Alice", "Bob", "Charlie", "an outsider")


@st.composite
def awards(draw: Any, *, plain: bool) -> dict[str, Any]:
    purse = draw(st.sampled_from(["base", "base", "green"]))
    found = cast.award(draw(st.integers(0, 50)), purse=purse, kind="bonus", transferable=purse == "green")
    if draw(st.integers(0, 3)) == 0:
        # Expired awards are not granted, which only booking one by one finds.
        found["expires_at"] = (NOON + draw(st.integers(4 if plain else -8, 8)) * DAY).isoformat()
    if draw(st.integers(0, 3)) == 0:
        found["usable_from"] = (NOON + draw(st.integers(-3, 3)) * DAY).isoformat()
    if plain:
        return found | ({"earmark": "cake"} if draw(st.integers(0, 5)) == 0 else {})
    if draw(st.integers(0, 5)) == 0:
        found["once"] = draw(st.sampled_from(["first", "birthday"]))
    if draw(st.integers(0, 5)) == 0:
        found["caps"] = [cast.cap(draw(st.integers(0, 60)), member=draw(st.booleans()))]
    if draw(st.integers(0, 5)) == 0:
        found["earmark"] = "cake"
    return found


def purchases_of(who: tuple[str, ...], references: int, *, plain: bool) -> st.SearchStrategy[list[Any]]:
    """(who, reference, hash, days ago, awards) of each."""
    days = st.integers(0 if plain else -1, 5)
    granted = st.lists(awards(plain=plain), max_size=3)
    each = st.tuples(st.sampled_from(who), st.integers(0, references), st.integers(0, 2), days, granted)
    return st.lists(each, min_size=3 if plain else 0, max_size=8)


# Few references and hashes, so that replays and conflicts are frequent; and as many lists in which Alice or Bob buys
# again and again without what sends a member's items one by one.
PURCHASES = purchases_of(CAST, 6, plain=False) | purchases_of(CAST[:2], 60, plain=True)


def of_one_world() -> tuple[Merchant, dict[str, User]]:
    """A shop of its own, whose debtor is Charlie."""
    shop = factories.merchant()
    people = {name: factories.member(name, shop) for name in CAST[:3]} | {CAST[3]: factories.member(CAST[3])}
    bought = cast.buy(shop, people["Charlie"], cast.award(20), reference="the debt")
    cast.redeem(shop, people["Charlie"], 20)
    cast.give_back_goods(shop, bought.act_id, 20, policy="owe")
    return shop, people


def items_of(shop: Merchant, people: dict[str, User], purchases: list[Any]) -> list[dict[str, Any]]:
    items = []
    for who, reference, nonce, days, candidates in purchases:
        awards = [of_shop(shop, each) for each in candidates]
        item = cast.item(people[who], *awards, reference=f"r{reference}", occurred_at=(NOON - days * DAY).isoformat())
        # One hash means one request, so it covers everything that the request says.
        words = repr((who, reference, nonce, days, candidates))
        items.append(item | {"hash": hashlib.sha256(words.encode()).hexdigest()[:32]})
    return items


def of_shop(shop: Merchant, award: dict[str, Any]) -> dict[str, Any]:
    """Budgets belong to everybody, so each world has its own.

    An award without caps stays without, because even an empty list of them sends it one by one.
    """
    if "caps" not in award:
        return award
    return award | {"caps": [cap | {"key": f"budget-{shop.pk}"} for cap in award["caps"]]}


def one_by_one(shop: Merchant, people: dict[str, User], items: list[dict[str, Any]]) -> list[BatchResult]:
    answers = []
    for item in items:
        try:
            booking = functions.accrue(
                kind="purchase", merchant_id=shop.pk, member=item["member"], key=None, reference=item["reference"],
                request_hash=bytes.fromhex(item["hash"]), occurred_at=item["occurred_at"], moment=NOON,
                awards=item["awards"], breakdown={}, amount_fen=100,
            )  # fmt: skip
        except DomainError as error:
            answers.append(BatchResult(item["reference"], "rejected", error.code, None, 0, 0))
        else:
            points = {each.purse: each.points for each in booking.movements}
            answers.append(
                BatchResult(
                    item["reference"],
                    booking.status,
                    None,
                    booking.act_id,
                    points.get("base", 0),
                    points.get("green", 0),
                )
            )
    return answers


def effect_on(people: dict[str, User], shop: Merchant) -> list[Any]:
    """Effect of a world on the ledger, without ids."""
    found: list[Any] = []
    for person in people.values():
        lots = (
            "purse",
            "granted",
            "remaining",
            "usable_from",
            "expires_at",
            "kind",
            "earmark",
            "transferable",
            "rule_id",
        )
        found.append(list(Lot.objects.filter(member=person).order_by("id").values_list(*lots)))
        wallets = ("purse", "balance", "available", "held", "owed", "next_change_at")
        # A rejected item may leave an empty wallet behind; a refused single purchase leaves nothing.
        used = Journal.objects.filter(member=person).values("purse")
        found.append(list(Wallet.objects.filter(member=person, purse__in=used).order_by("purse").values_list(*wallets)))
        journal = ("act__reference", "purse", "points", "balance_after", "owed")
        found.append(
            list(
                Journal.objects.filter(member=person, act__kind="purchase")
                .order_by("act_id", "purse")
                .values_list(*journal)
            )
        )
        found.append(sorted(Once.objects.filter(member_id=person.pk).values_list("once_key", flat=True)))
        found.append(list(Debt.objects.filter(member=person).values_list("purse", "owed")))
    acts = Act.objects.filter(merchant=shop, kind="purchase")
    facts = Outbox.objects.filter(topic="points.accrued", payload__merchant=shop.pk).values_list("payload", flat=True)
    found.append(sorted((each["points"], each["green_points"]) for each in facts))
    found.append(sorted(acts.values_list("reference", "amount_fen", "occurred_at", "breakdown__awards"), key=repr))
    postings = ("act__reference", "line", "purse", "debit_kind", "credit_kind", "amount")
    found.append(sorted(Posting.objects.filter(act__in=acts).values_list(*postings)))
    return found


def compared(answers: list[BatchResult], shop: Merchant) -> list[Any]:
    references = dict(Act.objects.filter(merchant=shop).values_list("id", "reference"))
    return [(a.reference, a.status, a.code, references.get(a.act_id), a.points, a.green_points) for a in answers]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=PURCHASES, purchases=PURCHASES)
def test_a_batch_books_and_answers_what_single_purchases_do(committed_db: None, before: Any, purchases: Any) -> None:
    worlds = []
    for batched in (True, False):
        shop, people = of_one_world()
        one_by_one(shop, people, items_of(shop, people, before))
        items = items_of(shop, people, purchases)
        if batched:
            answers = functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=True)
        else:
            answers = one_by_one(shop, people, items)
        worlds.append((compared(answers, shop), effect_on(people, shop)))
    assert worlds[0] == worlds[1]


def test_the_first_purchase_of_a_batch_is_the_first_whether_or_not_it_had_the_gift(db: None) -> None:
    """Alice's first order came before the gift for newcomers began, Bob's within it."""
    shop = factories.merchant()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    gift = cast.bonus(200, once=f"first-purchase:{shop.pk}")
    orders = [(alice, []), (alice, [gift]), (bob, [gift]), (bob, [gift])]
    items = [cast.item(who, cast.award(1), *gifts) for who, gifts in orders]
    answers = functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=True)
    assert [each.points for each in answers] == [1, 1, 201, 1]


def test_an_empty_batch_answers_nothing(db: None) -> None:
    answers = functions.accrue_batch(
        merchant_id=factories.merchant().pk, items=[], moment=NOON, actor_id=None, publish=True
    )
    assert answers == []


def test_an_item_without_awards_or_with_null_awards_is_an_act_of_0_points(db: None) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    bare, null = cast.item(alice), cast.item(alice, awards=None)
    del bare["awards"]
    answers = functions.accrue_batch(merchant_id=shop.pk, items=[bare, null], moment=NOON, actor_id=None, publish=True)
    assert [(each.status, each.points) for each in answers] == [("booked", 0)] * 2
    assert Journal.objects.filter(member=alice).count() == 2


def test_an_item_the_books_cannot_hold_is_rejected_and_the_rest_is_booked(db: None) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    wrong: list[dict[str, Any]] = [
        {"reference": ""}, {"reference": "x" * 129}, {"reference": None}, {"hash": "00"}, {"hash": None},
        {"amount_fen": -1}, {"occurred_at": None}, {"awards": {}},
    ]  # fmt: skip
    items = [cast.item(alice, cast.award(5), **fields) for fields in wrong]
    items.append(cast.item(alice, cast.award(7)))
    answers = functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=True)
    assert [each.code for each in answers] == ["invalid_argument"] * len(wrong) + [None]
    assert cast.wallet(alice).balance == 7
