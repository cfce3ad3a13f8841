"""Support: unmasked numbers, moves to another number, search and timeline of a person."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone, translation

from accounts import data_subjects, queries
from accounts.models import ChallengePurpose, PhoneMove, PhoneUnmasking, PlatformRole, User
from accounts.operations import cards, phone_moves, phone_numbers, privacy, sign_in, support
from accounts.operations.phone_moves import MayNotMove, MoveEnded, MoveIsOpen
from accounts.operations.phone_numbers import DormantAccount, NumberInUse
from accounts.operations.sign_in import CodeEnded, Visitor
from accounts.operations.support import OwnProposal, ReasonMissing
from notifications import sms
from points.models import Act
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, signed_in, some_address, some_number
from tests.points import cast

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WEEK = timedelta(days=7)
LONG_AGO = timedelta(days=181)


def agent(name: str = "小客") -> User:
    return factories.person(name=name, is_staff=True, platform_role=PlatformRole.SUPPORT)


def proven(phone: str) -> object:
    """A challenge for a phone move, with the right code."""
    visitor, purpose = Visitor(some_address()), ChallengePurpose.MOVED_PHONE
    challenge = sign_in.send_code(phone=phone, purpose=purpose, visitor=visitor, moment=NOW)
    sign_in.verify_code(challenge_id=challenge, purpose=purpose, code=code_sent_to(phone), visitor=visitor, moment=NOW)
    return challenge


def proposed(person: User, phone: str, by: User) -> PhoneMove:
    return phone_moves.propose(person=person, new_phone=proven(phone), by=by, reason="手机丢失", moment=NOW)


# --- unmasking ---


def test_every_unmasking_needs_a_reason_and_is_stored_for_good() -> None:
    alice, bob = factories.person(phone=some_number()), agent()
    with pytest.raises(ReasonMissing):
        support.unmask(person=alice, by=bob, reason="  ", moment=NOW)
    assert support.unmask(person=alice, by=bob, reason="工单 17", moment=NOW) == alice.phone
    unmasking = PhoneUnmasking.objects.get(person=alice)
    assert (unmasking.seen_by, unmasking.reason, unmasking.seen_at) == (bob, "工单 17", NOW)
    for undo in (lambda: PhoneUnmasking.objects.update(reason="x"), lambda: PhoneUnmasking.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            undo()


# --- a lost number ---


def test_a_second_person_moves_the_account_at_once_and_every_session_ends() -> None:
    old, new, first, second = some_number(), some_number(), agent(), agent("小服")
    thief = signed_in(browser(), old)
    alice = User.objects.with_phone(old).get()
    move = proposed(alice, new, first)
    with pytest.raises(OwnProposal):
        phone_moves.approve(move_id=move.pk, by=first, moment=NOW)
    phone_moves.approve(move_id=move.pk, by=second, moment=NOW)
    assert User.objects.with_phone(new).get() == alice
    assert not User.objects.with_phone(old).exists()
    assert thief.get("/me/").status_code == 302
    with pytest.raises(MoveEnded):
        phone_moves.approve(move_id=move.pk, by=second, moment=NOW)


def test_without_approval_the_account_moves_a_week_after_the_notice() -> None:
    old, new = some_number(), some_number()
    alice = factories.person(phone=old)
    move = proposed(alice, new, agent())
    assert str((NOW + WEEK).astimezone(timezone.get_current_timezone()).date()) in (sms.last_in_sandbox(old) or "")
    assert phone_moves.carry_out_due(moment=NOW + WEEK - timedelta(seconds=1)) == 0
    assert phone_moves.carry_out_due(moment=NOW + WEEK) == 1
    assert User.objects.with_phone(new).get() == alice
    assert PhoneMove.objects.get(pk=move.pk).phone is None
    assert phone_moves.carry_out_due(moment=NOW + 2 * WEEK) == 0


def test_the_owner_of_the_old_number_stops_the_move_by_signing_in() -> None:
    old, new = some_number(), some_number()
    alice = factories.person(phone=old)
    proposed(alice, new, agent())
    signed_in(browser(), old)
    assert phone_moves.carry_out_due(moment=NOW + WEEK) == 0
    assert User.objects.get(pk=alice.pk).phone == old
    assert queries.open_phone_move(alice) is None


def test_without_a_notice_a_second_person_must_approve() -> None:
    """The account has no number, or is dormant, so that its number may have a new owner."""
    without, dormant = factories.person(), factories.person(phone=some_number())
    User.objects.filter(pk=dormant.pk).update(last_login=NOW - LONG_AGO)
    dormant.refresh_from_db()
    for person in (without, dormant):
        move, new = proposed(person, new := some_number(), agent()), new
        assert move.due_at is None
        assert phone_moves.carry_out_due(moment=NOW + 52 * WEEK) == 0
        phone_moves.approve(move_id=move.pk, by=agent(), moment=NOW)
        assert User.objects.with_phone(new).get() == person


def test_after_a_move_a_code_signs_in_even_to_a_dormant_account() -> None:
    new = some_number()
    alice = factories.person(phone=some_number())
    User.objects.filter(pk=alice.pk).update(last_login=NOW - LONG_AGO)
    phone_moves.approve(move_id=proposed(alice, new, agent()).pk, by=agent(), moment=NOW)
    assert phone_numbers.open_account(phone=new, moment=NOW).person == alice


def test_support_can_confirm_the_owner_of_a_dormant_number() -> None:
    phone = some_number()
    alice = factories.person(phone=phone)
    User.objects.filter(pk=alice.pk).update(last_login=NOW - LONG_AGO)
    alice.refresh_from_db()
    with pytest.raises(DormantAccount):
        phone_numbers.open_account(phone=phone, moment=NOW)
    phone_moves.approve(move_id=proposed(alice, phone, agent()).pk, by=agent(), moment=NOW)
    assert phone_numbers.open_account(phone=phone, moment=NOW).person == alice


def test_a_recycled_number_moves_to_the_person_who_proved_it_and_an_active_one_does_not() -> None:
    new, taken = some_number(), some_number()
    sleeper, bob = factories.person(phone=new), factories.person(phone=taken)
    User.objects.filter(pk=sleeper.pk).update(last_login=NOW - LONG_AGO)
    alice = factories.person(phone=some_number())
    with pytest.raises(NumberInUse):
        proposed(alice, taken, agent())
    phone_moves.approve(move_id=proposed(alice, new, agent()).pk, by=agent(), moment=NOW)
    assert User.objects.with_phone(new).get() == alice
    assert User.objects.get(pk=sleeper.pk).phone is None
    assert User.objects.with_phone(taken).get() == bob


def test_a_number_taken_meanwhile_stops_the_move() -> None:
    new = some_number()
    alice = factories.person(phone=some_number())
    proposed(alice, new, agent())
    factories.person(phone=new)
    assert phone_moves.carry_out_due(moment=NOW + WEEK) == 0
    assert queries.open_phone_move(alice) is None


def test_support_cannot_move_staff_or_an_account_with_an_open_move() -> None:
    bob = agent()
    with pytest.raises(MayNotMove):
        proposed(agent(), some_number(), bob)
    alice = factories.person(phone=some_number())
    proposed(alice, some_number(), bob)
    with pytest.raises(MoveIsOpen):
        proposed(alice, some_number(), bob)


def test_a_code_sent_for_a_move_signs_nobody_in() -> None:
    phone, visitor = some_number(), Visitor(some_address())
    challenge = sign_in.send_code(phone=phone, purpose=ChallengePurpose.MOVED_PHONE, visitor=visitor, moment=NOW)
    with pytest.raises(CodeEnded):
        sign_in.verify_code(
            challenge_id=challenge,
            purpose=ChallengePurpose.SIGN_IN,
            code=code_sent_to(phone),
            visitor=visitor,
            moment=NOW,
        )


def test_the_database_requires_a_second_person_or_the_wait() -> None:
    bob = agent()
    alice = factories.person(phone=some_number())
    move = proposed(alice, some_number(), bob)
    for slip in ({"approved_by": bob}, {"done_at": NOW}, {"done_at": NOW + WEEK, "stopped_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PhoneMove.objects.filter(pk=move.pk).update(**slip)


# --- search and timeline ---


def test_a_person_is_found_by_number_card_reference_and_name() -> None:
    old, new = some_number(), some_number()
    shop = factories.merchant()
    alice = factories.member("爱丽丝·Liddell", shop, phone=old)
    shop.memberships.update(member_ref="VIP-0017")
    card = cards.issue(member=alice, moment=NOW)
    booked = cast.buy(shop, alice, cast.award(50))
    receipt = Act.objects.get(pk=booked.act_id).reference
    phone_moves.approve(move_id=proposed(alice, new, agent()).pk, by=agent(), moment=NOW)
    by_number = [old, new, new.removeprefix("+86"), card.number, str(alice.public_id)]
    for typed in [*by_number, "爱丽丝·liddell ", "VIP-0017", receipt]:
        assert data_subjects.find(typed) == [alice.pk], typed
    for typed in ("", "  ", "爱丽丝", some_number(), "VIP-001", receipt[:-1]):
        assert data_subjects.find(typed) == []


def test_the_timeline_has_sessions_consents_memberships_and_acts_newest_first_and_no_number() -> None:
    phone, shop = some_number(), factories.merchant()
    signed_in(browser(), phone)
    alice = User.objects.with_phone(phone).get()
    shop.memberships.create(member=alice, joined_at=NOW)
    cast.buy(shop, alice, cast.award(50))
    proposed(alice, some_number(), agent())
    events = data_subjects.timeline(alice)
    assert [one.at for one in events] == sorted((one.at for one in events), reverse=True)
    with translation.override("en"):
        labels = {str(one.what) for one in data_subjects.timeline(alice)}
    assert labels >= {"signed in", "agreed", "joined a merchant", "purchase", "a move to another number was proposed"}
    assert phone[3:] not in repr(events)


def test_an_erased_person_is_not_found_by_name() -> None:
    alice = factories.person(name="爱丽丝", phone=some_number())
    privacy.erase(person=alice, moment=NOW)
    assert data_subjects.find("爱丽丝") == []
