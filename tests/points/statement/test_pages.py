"""The pages of a member: Alice reads hers, Bob reads his, and neither reads the other's."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from notifications import operations as notifications
from notifications.channels import Notification
from points.models import Act
from tests import factories
from tests.points import cast

pytestmark = pytest.mark.django_db

NOW = cast.NOON


@pytest.fixture(autouse=True)
def at_noon(time_machine: Any) -> Iterator[None]:
    time_machine.move_to(NOW)
    return


def reader(person: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(client: Client, path: str = "/me/points") -> str:
    return client.get(path).content.decode()


def test_nobody_reads_a_statement_without_signing_in() -> None:
    answer = Client().get("/me/points")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?next=/me/points")


def test_a_member_without_points_reads_how_to_begin() -> None:
    page = read(reader(factories.member("Alice")))
    assert "You have no points yet" in page
    assert "Nothing has happened yet" in page


def test_the_balance_comes_first_with_its_worth_in_yuan() -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    cast.buy(stationer, alice, cast.award(1000))
    page = read(reader(alice))
    assert page.index("1,000") < page.index("worth at least ¥50.00") < page.index("Statement")
    assert "Nothing expires" in page


def test_expiring_pending_and_held_points_stand_with_their_day() -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    midnight = NOW.replace(hour=16)
    cast.buy(stationer, alice, cast.award(500), cast.award(70, usable_from=NOW + 7 * cast.DAY))
    cast.hold(stationer, alice, 200, lasts=2 * cast.DAY)
    # After the hold, which would have taken the points that end first.
    cast.buy(stationer, alice, cast.bonus(30, expires_at=midnight + 9 * cast.DAY))
    page = read(reader(alice))
    assert "Expires at the end of 2026-12-01" in page
    assert "Usable from 2026-11-29" in page
    assert "comes back by itself on 2026-11-24" in page


def test_filters_select_entries_and_invalid_values_are_reported() -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    cast.buy(stationer, alice, cast.award(500), reference="the-purchase")
    cast.redeem(stationer, alice, 100, reference="the-spend")
    client = reader(alice)
    assert "−100" in read(client, "/me/points?kind=redemption")
    assert "+500" not in read(client, "/me/points?kind=redemption")
    assert "Nothing matches" in read(client, "/me/points?since=2026-12-01")
    assert 'role="alert"' in read(client, "/me/points?since=yesterday&kind=x&before=%00")


def test_an_act_of_both_purses_is_one_entry_and_pages_do_not_cut_it() -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    for _ in range(25):
        cast.buy(stationer, alice, cast.award(10), cast.green(1))
    client = reader(alice)
    first = read(client)
    assert first.count('class="entry"') == 20
    before = Act.objects.filter(member=alice).order_by("-id")[19].pk
    second = read(client, f"/me/points?before={before}")
    assert second.count('class="entry"') == 5
    assert second.count("+1 ") == 5


def test_an_entry_of_another_member_is_not_found() -> None:
    stationer = factories.merchant("stationer")
    alice, bob = factories.member("Alice", stationer), factories.member("Bob", stationer)
    act = cast.buy(stationer, alice, cast.award(10)).act_id
    for page in ("", "/receipt.json"):
        assert reader(bob).get(f"/me/points/{act}{page}").status_code == 404
    assert "1 per" not in read(reader(bob))


def test_a_receipt_of_an_unsealed_act_is_pending() -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    act = cast.buy(stationer, alice, cast.award(10)).act_id
    assert "being sealed" in read(reader(alice), f"/me/points/{act}")
    assert reader(alice).get(f"/me/points/{act}/receipt.json").status_code == 202


def test_giver_and_receiver_each_read_their_side_of_a_gift() -> None:
    lamps = factories.merchant("lamps")
    alice, bob = factories.member("Alice", lamps), factories.member("Bob", lamps)
    factories.family(alice, bob)
    cast.buy(lamps, alice, cast.green(300))
    cast.give(alice, bob, 100)
    assert "Given to family" in read(reader(alice))
    assert "+100" in read(reader(bob))
    assert "−100" not in read(reader(bob))


def test_messages_are_counted_until_they_are_read() -> None:
    alice = factories.member("Alice")
    facts = {"act": 1, "points": 50, "green_points": 0, "merchant": {"zh-hans": "文具店", "en": "Stationer"}}
    notifications.deliver(notifications=[Notification(1, alice.pk, "points.accrued", facts)], moment=NOW)
    client = reader(alice)
    page = read(client, "/me/notifications")
    assert "You earned 50 points at Stationer" in page
    assert 'class="badge">1' in page
    number = page.split('name="notification" value="')[1].split('"')[0]
    client.post("/me/notifications", {"notification": [number, "\u0662", "x"]})
    assert 'class="badge"' not in read(client, "/me/notifications")


def test_a_long_statement_costs_no_more_queries_than_a_short_one(django_assert_max_num_queries: Any) -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    for _ in range(20):
        cast.buy(stationer, alice, cast.award(10))
    client = reader(alice)
    with django_assert_max_num_queries(14, connection=connection):
        read(client)
