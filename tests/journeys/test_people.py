"""Bonuses, gifts and erasure by SPEC, with the real ledger. Each test is named by its requirement."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import ChallengePurpose, User
from accounts.operations import families, phone_numbers, privacy, sign_in
from accounts.operations.sign_in import Visitor
from merchants.models import Membership, Merchant
from merchants.operations import memberships, registrations
from merchants.operations.registrations import NewMember
from notifications.models import Outbox
from notifications.outbox import Message
from points import queries
from points.errors import GiftCapReached, InsufficientPoints, NotInTheSameFamily
from points.models import Act, EarningRule
from points.operations import earning_rules, grants, transfers, welcome_gifts
from points.types import Purse
from tests import factories
from tests.accounts.conftest import code_sent_to, some_address, some_number
from tests.points import cast

NOW = timezone.now()
OPENING = NOW - timedelta(days=400)
BONUS = {"kind": "sign_up", "points": 50}


def shop_with_bonus(**fields: object) -> Merchant:
    shop = factories.platform() if fields.get("is_platform") else factories.merchant()
    rule = EarningRule.objects.create(merchant=shop, code=f"welcome-{uuid4().hex[:6]}", name="Welcome")
    earning_rules.publish(rule=rule, definition=BONUS, starts_at=OPENING)
    return shop


def join(phone: str, moment: datetime = NOW) -> User:
    """Sign up with a code by SMS."""
    from accounts import limits

    limits.forget()
    visitor = Visitor(some_address())
    sent = sign_in.send_code(phone=phone, purpose=ChallengePurpose.SIGN_IN, visitor=visitor, moment=moment)
    proven = sign_in.verify_code(
        challenge_id=sent,
        purpose=ChallengePurpose.SIGN_IN,
        code=code_sent_to(phone),
        visitor=visitor,
        moment=moment,
    )
    return phone_numbers.open_account(phone=proven, moment=moment).person


def bonus(shop: Merchant, person: User) -> int:
    Membership.objects.get_or_create(merchant=shop, member=person)
    booking = grants.award_sign_up(merchant_id=shop.pk, member=person.public_id, moment=NOW)
    return 0 if booking is None else balance(person.pk)


def balance(person_id: int, purse: Purse = Purse.BASE) -> int:
    views = {view.purse: view for view in queries.wallets(member_id=person_id, moment=NOW)}
    return views[purse].balance


def close(person: User) -> None:
    privacy.request_closure(person=person, moment=NOW)
    privacy.erase_due(moment=NOW + timedelta(days=15))


@pytest.mark.usefixtures("committed_db")
def test_r05_the_bonus_comes_once_per_person_and_merchant() -> None:
    shop, other = shop_with_bonus(), shop_with_bonus()
    alice = join(some_number())
    assert bonus(shop, alice) == 50
    grants.award_sign_up(merchant_id=shop.pk, member=alice.public_id, moment=NOW)
    assert balance(alice.pk) == 50
    assert bonus(other, alice) == 100


@pytest.mark.usefixtures("committed_db")
def test_r05_closing_and_signing_up_again_with_the_same_phone_gets_nothing() -> None:
    shop, other, phone = shop_with_bonus(), shop_with_bonus(), some_number()
    alice = join(phone)
    assert bonus(shop, alice) == 50
    close(alice)
    again = join(phone)
    assert again.pk != alice.pk
    assert bonus(shop, again) == 0
    # A bonus that the first account never got may still be granted, once.
    assert bonus(other, again) == 50


@pytest.mark.usefixtures("committed_db")
def test_r05_a_detour_over_another_number_gets_nothing_either() -> None:
    shop, first, second = shop_with_bonus(), some_number(), some_number()
    alice = join(first)
    assert bonus(shop, alice) == 50
    phone_numbers.give_up_phone(person=alice, moment=NOW)
    assert bonus(shop, join(first)) == 0
    alice.phone = second
    alice.save()
    close(alice)
    assert bonus(shop, join(second)) == 0
    # The closed account's earlier number is remembered too.
    close(User.objects.with_phone(first).get())
    assert bonus(shop, join(first)) == 0


def test_r05_the_platform_grants_its_bonus_once_per_person(own_db: str) -> None:
    shop_with_bonus(is_platform=True)
    phone = some_number()
    alice = join(phone)
    facts = Outbox.objects.filter(topic="accounts.joined")
    messages = [Message(fact.pk, fact.topic, fact.payload) for fact in facts]
    for _ in range(2):
        welcome_gifts.grant(messages, moment=NOW)
    assert balance(alice.pk) == 50
    close(alice)
    again = join(phone)
    welcome_gifts.grant([Message(0, "accounts.joined", {"member": again.pk})], moment=NOW)
    assert balance(again.pk) == 0


def test_r05_a_shop_that_may_not_issue_any_more_costs_nobody_another_gift(own_db: str) -> None:
    """As the relay delivers: all gifts of a message in one transaction."""
    platform, suspended, shop = shop_with_bonus(is_platform=True), shop_with_bonus(), shop_with_bonus()
    alice = join(some_number())
    for each in (suspended, shop):
        factories.join(each, alice)
    Merchant.objects.filter(pk=suspended.pk).update(status="suspended")
    with transaction.atomic():
        welcome_gifts.grant([Message(0, "accounts.joined", {"member": alice.pk})], moment=NOW)
    givers = set(Act.objects.filter(member=alice).values_list("merchant_id", flat=True))
    assert givers == {platform.pk, shop.pk}


@pytest.mark.usefixtures("committed_db")
def test_r17_alice_gives_100_of_300_green_points_to_bob_of_her_family_and_to_nobody_else() -> None:
    shop = factories.merchant()
    factories.platform()
    alice, bob, charlie = (factories.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    families.create(head=alice, moment=NOW)
    families.accept_invitation(person=bob, moment=NOW, token=families.invite(by=alice, moment=NOW))
    cast.buy(shop, alice, cast.green(300), cast.award(300), at=NOW)
    give(alice, bob, 100)
    assert (balance(alice.pk, Purse.GREEN), balance(bob.pk, Purse.GREEN)) == (200, 100)
    with pytest.raises(NotInTheSameFamily):
        give(alice, charlie, 100)
    # Green points only: her 300 base points do not help, and what Bob received he cannot pass on.
    with pytest.raises(InsufficientPoints):
        give(alice, bob, 201)
    with pytest.raises(InsufficientPoints):
        give(bob, alice, 1)
    families.leave(person=bob, moment=NOW)
    with pytest.raises(NotInTheSameFamily):
        give(alice, bob, 1)


@pytest.mark.usefixtures("committed_db")
def test_r17_the_lower_cap_of_platform_and_family_holds() -> None:
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    families.create(head=alice, moment=NOW)
    families.accept_invitation(person=bob, moment=NOW, token=families.invite(by=alice, moment=NOW))
    cast.buy(shop, alice, cast.green(3_000), at=NOW)
    with pytest.raises(GiftCapReached):
        give(alice, bob, 501)
    families.set_gift_caps(by=alice, points_per_day=50, points_per_year=60)
    give(alice, bob, 50)
    with pytest.raises(GiftCapReached):
        give(alice, bob, 1)
    families.set_gift_caps(by=alice, points_per_day=100, points_per_year=60)
    with pytest.raises(GiftCapReached):
        give(alice, bob, 11)
    give(alice, bob, 10)


def give(giver: User, receiver: User, points: int, moment: datetime = NOW) -> None:
    reference: UUID = uuid4()
    transfers.give(
        giver_id=giver.pk, receiver_id=receiver.pk, points=points, reference=f"gift-{reference}", moment=moment
    )


def test_after_an_erasure_the_entries_stay_and_the_audit_still_balances(own_db: str) -> None:
    from django.core.management import call_command

    shop = shop_with_bonus()
    alice, bob = join(some_number()), join(some_number())
    factories.platform()
    families.create(head=alice, moment=NOW)
    families.accept_invitation(person=bob, moment=NOW, token=families.invite(by=alice, moment=NOW))
    assert bonus(shop, alice) == 50
    cast.buy(shop, alice, cast.green(300), cast.award(30), at=NOW)
    give(alice, bob, 100)
    before = queries.statement(member_id=alice.pk).count()
    close(alice)
    assert queries.statement(member_id=alice.pk).count() == before
    assert balance(alice.pk) == 80
    call_command("audit_ledger")


@pytest.mark.usefixtures("committed_db")
def test_r05_a_merchant_grants_its_bonus_once_to_a_member_who_joined_either_way() -> None:
    shop = shop_with_bonus()
    alice = join(some_number())
    for _ in range(2):
        memberships.join(merchant_id=shop.pk, member_id=alice.pk, moment=NOW)
    bob = registrations.register(merchant_id=shop.pk, member=NewMember(member_ref="bob"), moment=NOW)
    facts = Outbox.objects.filter(topic="merchants.joined", payload__merchant=shop.pk)
    assert {fact.payload["member"] for fact in facts} == {alice.pk, bob.member_id}
    for _ in range(2):
        welcome_gifts.grant([Message(fact.pk, fact.topic, fact.payload) for fact in facts], moment=NOW)
    assert (balance(alice.pk), balance(bob.member_id)) == (50, 50)
