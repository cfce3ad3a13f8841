"""Support's pages in the console."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts import queries
from accounts.models import Card, MemberMerge, PhoneUnmasking, PlatformRole, User
from accounts.operations import phone_moves
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, signed_in, some_number
from tests.points import cast

pytestmark = pytest.mark.django_db
USERS = "/console/accounts/user"


def signed_in_agent(role: PlatformRole = PlatformRole.SUPPORT) -> Client:
    agent = factories.person(name="小客", is_staff=True, platform_role=role)
    client = browser()
    client.force_login(agent)
    return client


@pytest.fixture
def alice() -> User:
    return factories.person(name="爱丽丝", phone=some_number())


def action_url(client: Client, person: User, act: str) -> str:
    """The URL of the action, as the person's page links to it."""
    page = client.get(f"{USERS}/{person.pk}/change/").content.decode()
    found = re.search(rf'href="([^"]*/{person.pk}/{act}/)"', page)
    assert found, act
    return found[1]


def test_a_member_is_found_by_a_posted_number_and_shown_masked(alice: User) -> None:
    bob = signed_in_agent()
    assert alice.phone is not None
    page = bob.post(f"{USERS}/find/", {"typed": alice.phone.removeprefix("+86")}).content.decode()
    assert f"{USERS}/{alice.pk}/change/" in page
    assert alice.masked_phone in page
    assert alice.phone[3:] not in page.replace(f'value="{alice.phone[3:]}"', "")
    assert "爱丽丝" not in page


def test_the_whole_number_is_shown_for_a_reason_and_the_page_lists_the_unmasking(alice: User) -> None:
    bob = signed_in_agent()
    unmask = action_url(bob, alice, "unmask")
    assert alice.phone[3:] not in bob.get(unmask).content.decode()
    assert alice.phone[3:] not in bob.post(unmask, {"reason": ""}).content.decode()
    assert not PhoneUnmasking.objects.exists()
    shown = bob.post(unmask, {"reason": "工单 17"})
    assert alice.phone[3:] in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert "工单 17" in bob.get(f"{USERS}/{alice.pk}/change/").content.decode()


def test_two_people_move_a_lost_number_by_the_caller_s_code(alice: User) -> None:
    new, first, second = some_number(), signed_in_agent(), signed_in_agent()
    move = action_url(first, alice, "move_phone")
    first.post(move, {"phone": new})
    assert "code" in first.post(move, {"code": "000000", "reason": "手机丢失"}).content.decode()
    assert queries.open_phone_move(alice) is None
    first.post(move, {"code": code_sent_to(new), "reason": "手机丢失"})
    assert queries.open_phone_move(alice) is not None
    first.post(action_url(first, alice, "approve_move"))
    assert User.objects.get(pk=alice.pk).phone == alice.phone
    second.post(action_url(second, alice, "approve_move"))
    assert User.objects.get(pk=alice.pk).phone == new


def test_a_code_sent_for_one_member_cannot_move_another(alice: User) -> None:
    bob, charlie = signed_in_agent(), factories.person(phone=some_number())
    new = some_number()
    bob.post(action_url(bob, alice, "move_phone"), {"phone": new})
    bob.post(action_url(bob, charlie, "move_phone"), {"code": code_sent_to(new), "reason": "手机丢失"})
    assert queries.open_phone_move(charlie) is None


def test_support_stops_a_move(alice: User) -> None:
    bob, new = signed_in_agent(), some_number()
    move = action_url(bob, alice, "move_phone")
    bob.post(move, {"phone": new})
    bob.post(move, {"code": code_sent_to(new), "reason": "手机丢失"})
    bob.post(action_url(bob, alice, "stop_move"))
    assert queries.open_phone_move(alice) is None


def test_a_card_is_issued_and_blocked_and_the_timeline_names_the_actor() -> None:
    bob, alice = signed_in_agent(), factories.person(name="爱丽丝")
    issue = action_url(bob, alice, "issue_card")
    bob.post(issue, {"pin": "123456"})
    assert not Card.objects.exists()
    shown = bob.post(issue, {"pin": "275938"}).content.decode()
    card = queries.open_card(alice)
    assert card is not None
    assert card.number in shown
    bob.post(action_url(bob, alice, "block_card"))
    assert queries.open_card(alice) is None
    assert bob.get(f"{USERS}/{alice.pk}/change/").content.decode().count(f"{card} · 小**") == 2


def test_a_card_for_a_member_with_a_number_has_no_pin(alice: User) -> None:
    bob = signed_in_agent()
    issue = action_url(bob, alice, "issue_card")
    assert 'role="alert"' in bob.post(issue, {"pin": "275938"}).content.decode()
    assert not Card.objects.exists()
    bob.post(issue, {"pin": ""})
    assert Card.objects.get(member=alice).pin_hash == ""


def comparison_page(client: Client, duplicate: User, survivor: User) -> str:
    """The page with the figures of both accounts, before the merge is proposed."""
    merge = action_url(client, duplicate, "merge_member")
    shown = client.post(merge, {"typed": str(survivor.public_id), "reason": "两次登记"}).content.decode()
    assert queries.open_merge(duplicate) is None
    return shown


def test_two_people_merge_accounts_after_comparing_both(alice: User) -> None:
    first, second, old = signed_in_agent(), signed_in_agent(), factories.person(name="爱丽丝", phone=some_number())
    factories.platform()
    shop = factories.merchant()
    for person, points in ((alice, 1200), (old, 345)):
        factories.join(shop, person)
        cast.buy(shop, person, cast.award(points))
    shown = comparison_page(first, old, alice)
    assert [figure for figure in ("345", "1,200", "1,545") if figure not in shown] == []
    assert 'name="confirmed"' in shown
    merge = action_url(first, old, "merge_member")
    first.post(merge, {"typed": str(alice.public_id), "reason": "两次登记", "confirmed": "1"})
    for person in (alice, old):
        assert "两次登记" in second.get(f"{USERS}/{person.pk}/change/").content.decode()
    first.post(action_url(first, old, "approve_merge"))
    assert User.objects.get(pk=old.pk).merged_into is None
    approve = action_url(second, alice, "approve_merge")
    assert "1,545" in second.get(approve).content.decode()
    second.post(approve)
    assert User.objects.get(pk=old.pk).merged_into == alice
    assert cast.wallet(alice).balance == 1545


def test_the_survivor_must_be_exactly_one_person(alice: User) -> None:
    bob, old = signed_in_agent(), factories.person()
    merge = action_url(bob, old, "merge_member")
    for typed in ("nobody", str(old.public_id)):
        page = bob.post(merge, {"typed": typed, "reason": "两次登记"}).content.decode()
        assert 'role="alert"' in page
        assert 'name="confirmed"' not in page


def test_support_stops_a_merge(alice: User) -> None:
    bob, old = signed_in_agent(), factories.person()
    merge = action_url(bob, old, "merge_member")
    bob.post(merge, {"typed": str(alice.public_id), "reason": "两次登记", "confirmed": "1"})
    assert queries.open_merge(old) is not None
    bob.post(action_url(bob, old, "stop_merge"))
    assert queries.open_merge(old) is None


def test_a_regulator_cannot_unmask_move_issue_or_merge(alice: User) -> None:
    bob, regulator = signed_in_agent(), signed_in_agent(PlatformRole.REGULATOR)
    moves, merges = ("move_phone", "approve_move", "stop_move"), ("merge_member", "approve_merge", "stop_merge")
    for act in ("unmask", *moves, "issue_card", "block_card", *merges):
        there = action_url(bob, alice, act)
        for answer in (regulator.get(there), regulator.post(there, {"reason": "neugierig", "pin": ""})):
            assert answer.status_code in (302, 403), act
    assert not PhoneUnmasking.objects.exists()
    assert not Card.objects.exists()
    assert not MemberMerge.objects.exists()


def test_a_member_cannot_use_supports_pages(alice: User) -> None:
    member = signed_in(browser(), some_number())
    assert member.post(f"{USERS}/find/", {"typed": "爱丽丝"}).status_code in (302, 403)


def test_no_search_term_is_part_of_a_url(alice: User) -> None:
    """The list has no search field, because its URL with the search term would be logged."""
    assert 'name="q"' not in signed_in_agent().get(f"{USERS}/").content.decode()
    assert phone_moves.stop_open(person=alice, moment=timezone.now()) == 0
