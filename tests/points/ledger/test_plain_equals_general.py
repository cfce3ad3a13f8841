"""The short path of an everyday purchase does what the general one does: only the words of the award differ."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from hongmi.lib.errors import DomainError
from merchants.models import Merchant
from notifications.models import Outbox
from points.ledger import functions
from points.models import Act, Debt, Journal, Lot, Posting, Wallet
from points.types import Booking
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

ACTOR = 4_711
# The defaults, which an everyday award omits: points._is_plain takes only an award without these keys.
DEFAULTS = {"purse": "base", "kind": "spend", "transferable": False}

# Sent by a client whose clock is fast (at most five minutes), or too far ahead, or after the day.
TIMES = [timedelta(minutes=3), timedelta(minutes=6), *(-days * DAY for days in range(6))]

# Points, reference, key, when: few of each, so that replays and conflicts are frequent.
PURCHASES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 2)), st.sampled_from(TIMES)),
    min_size=1,
    max_size=6,
)


def of_one_world(spent_first: bool) -> tuple[Merchant, User]:
    """Alice with a lot that is pending and one that ends; if she spent before a return, she owes."""
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    bought = cast.buy(shop, alice, cast.award(20), reference="before")
    cast.buy(shop, alice, cast.bonus(7, usable_from=NOON + DAY, expires_at=NOON + 9 * DAY), reference="a bonus")
    if spent_first:
        cast.redeem(shop, alice, 20)
        cast.give_back_goods(shop, bought.act_id, 20, policy="owe")
    return shop, alice


def buy(shop: Merchant, alice: User, purchase: tuple[int, int, int | None, timedelta], stated: dict[str, Any]) -> Any:
    points, reference, key, ahead = purchase
    award = {"points": points, "rule": 1, "version": 1, "reason": "rate"} | stated
    try:
        booking = functions.accrue(
            kind="purchase", merchant_id=shop.pk, member=alice.public_id, key=None if key is None else f"k{key}",
            reference=f"r{reference}", request_hash=repr(purchase).encode().ljust(32)[:32],
            occurred_at=NOON + ahead, moment=NOON, actor_id=ACTOR, awards=[award], breakdown={"stated": 1},
            amount_fen=100,
        )  # fmt: skip
    except DomainError as refusal:
        return refusal.code
    return answer_of(booking)


def answer_of(booking: Booking) -> Any:
    return booking.status, [(move.purse, move.points, move.balance_after, move.owed) for move in booking.movements]


def effect_on(shop: Merchant, alice: User) -> list[Any]:
    """Effect of a world on the ledger, without ids and without the keys of the award."""
    acts = Act.objects.filter(merchant=shop, kind="purchase")
    return [
        list(Lot.objects.filter(member=alice).order_by("id").values_list(
            "issuer__category", "purse", "granted", "remaining", "usable_from", "expires_at", "kind", "value_fen",
            "transferable", "earmark", "rule_id", "is_open",
        )),
        list(Wallet.objects.filter(member=alice).order_by("purse").values_list(
            "purse", "balance", "available", "held", "owed", "next_change_at"
        )),
        list(Journal.objects.filter(act__in=acts).order_by("act_id", "purse").values_list(
            "act__reference", "purse", "points", "balance_after", "owed"
        )),
        sorted(Posting.objects.filter(act__in=acts).values_list(
            "act__reference", "line", "purse", "debit_kind", "credit_kind", "amount"
        )),
        sorted(acts.values_list("reference", "amount_fen", "occurred_at", "actor_id", "breakdown__stated"), key=repr),
        sorted(
            (payload["points"], payload["green_points"], payload["kind"])
            for payload in Outbox.objects.filter(topic="points.accrued", payload__merchant=shop.pk).values_list(
                "payload", flat=True
            )
        ),
        list(Debt.objects.filter(member=alice).values_list("purse", "owed")),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(purchases=PURCHASES, spent_first=st.booleans())
def test_a_plain_purchase_books_and_answers_what_the_general_path_does(
    committed_db: None, purchases: list[tuple[int, int, int | None, timedelta]], spent_first: bool
) -> None:
    worlds = []
    for stated in ({}, DEFAULTS):
        shop, alice = of_one_world(spent_first)
        answers = [buy(shop, alice, purchase, stated) for purchase in purchases]
        worlds.append((answers, effect_on(shop, alice)))
    assert worlds[0] == worlds[1]
