"""One code, one authorisation, sixteen clients at once; the controls read first and write later, and lose points."""

import threading
import uuid
from functools import partial
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from hongmi.lib import retry
from hongmi.lib.errors import DomainError
from merchants import authorisations, member_codes
from merchants.models import Authorisation, JoinedBy, MemberCode, Merchant, SpendingAct
from points.models import Wallet
from points.operations import authorised_holds
from points.types import Booking, Purse
from tests import factories
from tests.concurrency.racing import PATIENCE_SECONDS, codes, meet, stoppable, together
from tests.concurrency.weakened import without_wallet_locks
from tests.merchants import counter

pytestmark = pytest.mark.usefixtures("committed_db")
CLIENTS = 16


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant("stationer")


@pytest.fixture
def alice(shop: Merchant) -> User:
    return counter.rich_member(shop, points=10_000)


def taken(act: Any) -> str:
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return "taken"


def resolve(shop: Merchant, digits: str, number: int) -> None:
    member_codes.resolve(merchant_id=shop.pk, code=digits, key=f"{digits}-{number}", moment=timezone.now())


def hold(shop: Merchant, who: User, authorisation: Authorisation, number: int) -> None:
    authorised_holds.hold(
        merchant_id=shop.pk,
        member=who.public_id,
        purse=Purse.BASE,
        points=10,
        reference=f"{authorisation.pk}-{number}",
        authorisation=authorisation.pk,
        key=uuid.uuid4().hex,
        moment=timezone.now(),
    )


def authorisation_of(shop: Merchant, who: User) -> Authorisation:
    shown = counter.shown(who, spend=10)
    spend = member_codes.SpendRequest(SpendingAct.HOLD, 10)
    found = member_codes.resolve(
        merchant_id=shop.pk, code=shown, key=uuid.uuid4().hex, moment=timezone.now(), spend=spend
    )
    assert found.authorisation is not None
    return found.authorisation


def test_a_code_scanned_by_16_clients_at_once_is_taken_once(shop: Merchant, alice: User) -> None:
    digits = counter.shown(alice)
    answers = together(*(partial(taken, partial(resolve, shop, digits, number)) for number in range(CLIENTS)))
    assert sorted(answers) == ["member_code_refused"] * (CLIENTS - 1) + ["taken"]
    assert MemberCode.objects.filter(member=alice, used_at__isnull=False).count() == 1


@pytest.mark.parametrize("looks_again", [True, False], ids=["guarded", "control"])
def test_a_client_that_sends_one_key_twice_at_once_gets_two_answers(
    own_db: str, owner_cursor: psycopg.Cursor, shop: Merchant, alice: User, monkeypatch: pytest.MonkeyPatch,
    looks_again: bool,
) -> None:  # fmt: skip
    digits, key = counter.shown(alice), uuid.uuid4().hex
    if not looks_again:

        def refused(*about: Any) -> None:
            raise member_codes.CodeRefused

        monkeypatch.setattr(member_codes, "_replay", refused)
    # All have read whether the key was answered before any of them takes the code.
    meet(owner_cursor, before="UPDATE ON merchants_membercode", parties=4)

    def resolve_once() -> str:
        try:
            found = member_codes.resolve(merchant_id=shop.pk, code=digits, key=key, moment=timezone.now())
        except member_codes.CodeRefused as refusal:
            return refusal.code
        assert found.public_id == alice.public_id
        return "again" if found.is_replay else "first"

    # The second, which does not read again, is refused its own code.
    assert sorted(together(*[resolve_once] * 4)) == sorted(
        ["first"] + ["again" if looks_again else "member_code_refused"] * 3
    )


def test_control_reading_before_taking_lets_many_have_the_code(shop: Merchant, alice: User) -> None:
    digits, had = counter.shown(alice), []
    all_have_looked = threading.Barrier(4)

    def carelessly() -> None:
        shown = MemberCode.objects.get(member=alice, used_at=None, expires_at__gt=timezone.now())
        all_have_looked.wait(timeout=PATIENCE_SECONDS)
        MemberCode.objects.filter(pk=shown.pk).update(used_at=timezone.now(), merchant=shop, key=digits)
        had.append(JoinedBy.CODE)

    together(*[carelessly] * 4)
    assert len(had) == 4


def test_an_authorisation_used_by_16_clients_at_once_serves_one(shop: Merchant, alice: User) -> None:
    authorisation = authorisation_of(shop, alice)
    answers = together(
        *(partial(taken, partial(hold, shop, alice, authorisation, number)) for number in range(CLIENTS))
    )
    assert sorted(answers) == ["authorisation_refused"] * (CLIENTS - 1) + ["taken"]
    assert Wallet.objects.get(member=alice, purse="base").held == 10


def test_control_reading_before_using_spends_one_authorisation_many_times(
    shop: Merchant, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_looked = threading.Barrier(4)

    def used_carelessly(*, authorisation_id: uuid.UUID, reference: str, moment: Any, **bound: Any) -> None:
        assert Authorisation.objects.filter(pk=authorisation_id, used_at=None).exists()
        all_have_looked.wait(timeout=PATIENCE_SECONDS)
        Authorisation.objects.filter(pk=authorisation_id).update(used_at=moment, reference=reference)

    monkeypatch.setattr(authorisations, "use", used_carelessly)
    authorisation = authorisation_of(shop, alice)
    answers = together(*(partial(taken, partial(hold, shop, alice, authorisation, number)) for number in range(4)))
    assert answers == ["taken"] * 4
    assert Wallet.objects.get(member=alice, purse="base").held == 40


def spend(shop: Merchant, who: User, authorisation: Authorisation) -> Booking:
    """The same request each time."""
    return authorised_holds.hold(
        merchant_id=shop.pk,
        member=who.public_id,
        purse=Purse.BASE,
        points=10,
        reference=str(authorisation.pk),
        authorisation=authorisation.pk,
        key=str(authorisation.pk),
        moment=timezone.now(),
    )


def test_one_spend_sent_twice_at_once_is_one_spend(
    own_db: str, owner_cursor: psycopg.Cursor, shop: Merchant, alice: User
) -> None:
    authorisation = authorisation_of(shop, alice)
    meet(owner_cursor, before="UPDATE ON merchants_authorisation", parties=8)
    answers = together(*[partial(spend, shop, alice, authorisation)] * 8)
    assert sorted(answer.status for answer in answers) == ["booked"] + ["replayed"] * 7
    assert len({answer.act_id for answer in answers}) == 1
    assert Wallet.objects.get(member=alice, purse="base").held == 10


def test_control_without_the_locks_one_spend_sent_twice_takes_the_same_points_twice(
    own_db: str, owner_cursor: psycopg.Cursor, shop: Merchant, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorisation = authorisation_of(shop, alice)
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    # The lock of the authorisation alone would do, and the wallet's alone too.
    monkeypatch.setattr(authorisations, "use", lambda **arguments: None)
    without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", parties=4)
    answers = together(*[stoppable(partial(spend, shop, alice, authorisation))] * 4)
    # Each found the whole wallet and no such spend, and only a constraint refuses the second.
    assert codes(answers) == ["available_is_part_of_the_balance"] * 3 + ["booked"]
    assert Wallet.objects.get(member=alice, purse="base").held == 10
