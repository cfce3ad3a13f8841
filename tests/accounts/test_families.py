"""Families: founding, joining, leaving, caps of gifts; guardians; pets."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import queries
from accounts.models import FamilyRole, User
from accounts.operations import families, profile
from accounts.operations.families import CapTooHigh, FamilyIsFull, HasAFamily, InvitationEnded, NoFamily, NotTheHead
from accounts.operations.profile import BirthdayIsSet, GuardianRefused
from tests import factories
from tests.accounts.conftest import browser, signed_in, some_number

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def person(name: str, **facts: object) -> User:
    made: User = factories.person(name=name, **facts)
    return made


def family(head: User, *others: User) -> None:
    families.create(head=head, moment=NOW, name="家")
    for other in others:
        code = families.invite(by=head, moment=NOW)
        families.accept_invitation(person=other, moment=NOW, token=code)


def names(head: User) -> list[str]:
    place = queries.family_of(head)
    assert place
    return [one.member.name for one in queries.places_of(place.family)]


def test_alice_founds_a_family_and_bob_joins_with_her_code() -> None:
    alice, bob = person("Alice"), person("Bob")
    family(alice, bob)
    assert names(alice) == ["Alice", "Bob"]


def test_the_owner_of_an_invited_number_finds_the_invitation_even_if_they_join_later() -> None:
    alice, phone = person("Alice"), some_number()
    families.create(head=alice, moment=NOW)
    families.invite(by=alice, moment=NOW, phone=phone)
    bob, charlie = person("Bob", phone=phone), person("Charlie", phone=some_number())
    (invitation,) = queries.invitations_for(bob, moment=NOW)
    assert queries.invitations_for(charlie, moment=NOW) == []
    with pytest.raises(InvitationEnded):
        families.accept_invitation(person=charlie, moment=NOW, invitation_id=invitation.pk)
    families.accept_invitation(person=bob, moment=NOW, invitation_id=invitation.pk)
    assert names(alice) == ["Alice", "Bob"]


def test_a_code_is_valid_once_and_for_seven_days() -> None:
    alice = person("Alice")
    families.create(head=alice, moment=NOW)
    code = families.invite(by=alice, moment=NOW)
    with pytest.raises(InvitationEnded):
        families.accept_invitation(person=person("Bob"), moment=NOW + timedelta(days=7), token=code)
    families.accept_invitation(person=person("Bob"), moment=NOW, token=code.lower())
    with pytest.raises(InvitationEnded):
        families.accept_invitation(person=person("Charlie"), moment=NOW, token=code)


def test_nobody_has_two_families() -> None:
    alice, bob = person("Alice"), person("Bob")
    family(alice)
    families.create(head=bob, moment=NOW)
    code = families.invite(by=alice, moment=NOW)
    with pytest.raises(HasAFamily):
        families.accept_invitation(person=bob, moment=NOW, token=code)


def test_only_the_head_invites_removes_and_sets_caps() -> None:
    alice, bob, charlie = person("Alice"), person("Bob"), person("Charlie")
    family(alice, bob, charlie)
    for act in (
        lambda: families.invite(by=bob, moment=NOW),
        lambda: families.remove(by=bob, person=charlie, moment=NOW),
        lambda: families.set_gift_caps(by=bob, points_per_day=1, points_per_year=1),
    ):
        with pytest.raises(NotTheHead):
            act()
    families.remove(by=alice, person=charlie, moment=NOW)
    assert names(alice) == ["Alice", "Bob"]
    with pytest.raises(NoFamily):
        families.remove(by=alice, person=charlie, moment=NOW)


def test_when_the_head_leaves_the_longest_standing_adult_follows() -> None:
    alice, bob, charlie = person("Alice"), person("Bob"), person("Charlie")
    families.create(head=alice, moment=NOW)
    child_code = families.invite(by=alice, moment=NOW, role=FamilyRole.CHILD)
    families.accept_invitation(person=charlie, moment=NOW, token=child_code)
    families.accept_invitation(
        person=bob, moment=NOW + timedelta(seconds=1), token=families.invite(by=alice, moment=NOW)
    )
    families.leave(person=alice, moment=NOW)
    place = queries.family_of(bob)
    assert place
    assert place.role == FamilyRole.HEAD
    families.leave(person=bob, moment=NOW)
    # Because a family without an adult ends.
    assert queries.family_of(charlie) is None


def test_a_family_has_twelve_places_invitations_included() -> None:
    alice = person("Alice")
    families.create(head=alice, moment=NOW)
    for _ in range(11):
        families.invite(by=alice, moment=NOW)
    with pytest.raises(FamilyIsFull):
        families.invite(by=alice, moment=NOW)


def test_a_family_lowers_caps_and_never_raises_them() -> None:
    alice, bob, charlie = person("Alice"), person("Bob"), person("Charlie")
    family(alice, bob)
    families.set_gift_caps(by=alice, points_per_day=50, points_per_year=None)
    assert queries.gift_caps(member_id=bob.pk) == queries.GiftCaps(50, 5_000)
    assert queries.gift_caps(member_id=charlie.pk) == queries.GiftCaps(500, 5_000)
    with pytest.raises(CapTooHigh):
        families.set_gift_caps(by=alice, points_per_day=501, points_per_year=None)
    families.set_gift_caps(by=alice, points_per_day=0, points_per_year=0)
    assert queries.gift_caps(member_id=bob.pk) == queries.GiftCaps(0, 0)


def test_the_family_page_covers_founding_inviting_joining_and_leaving() -> None:
    alice_phone, bob_phone = some_number(), some_number()
    alice, bob = signed_in(browser(), alice_phone), signed_in(browser(), bob_phone)
    alice.post("/me/family/found", {"name": "我们家"})
    alice.post("/me/family/invite", {"phone": bob_phone, "role": "adult"})
    page = bob.get("/me/family").content.decode()
    assert "我们家" in page
    accept = page.split('name="accept" value="')[1].split('"')[0]
    bob.post("/me/family/join", {"accept": accept})
    assert "138****" + bob_phone[-4:] in alice.get("/me/family").content.decode()
    bob.post("/me/family/leave")
    assert "138****" + bob_phone[-4:] not in alice.get("/me/family").content.decode()


def test_a_code_to_pass_on_is_shown_once() -> None:
    alice = signed_in(browser(), some_number())
    alice.post("/me/family/found", {"name": ""})
    alice.post("/me/family/invite", {"phone": "", "role": "child"})
    assert '<p class="code">' in alice.get("/me/family").content.decode()
    assert '<p class="code">' not in alice.get("/me/family").content.decode()


# --- children ---


def test_a_child_under_14_sees_one_page_until_a_guardian_agreed() -> None:
    phone = some_number()
    child = signed_in(browser(), phone)
    born = date(timezone.localdate().year - 10, 1, 1)
    child.post("/me/profile", {"name": "小明", "birthday": born.isoformat(), "language": "zh-hans"})
    assert child.get("/me/")["Location"] == "/me/guardian"
    assert child.get("/me/family")["Location"] == "/me/guardian"
    page = child.post("/me/guardian").content.decode()
    code = page.split('<p class="code">')[1].split("<")[0]
    parent_phone = some_number()
    parent = signed_in(browser(), parent_phone)
    parent.post("/me/guardian/agree", {"code": code})
    # Because a guardian without a birthday is not a proven adult.
    assert child.get("/me/")["Location"] == "/me/guardian"
    parent.post("/me/profile", {"name": "", "birthday": "1990-01-01", "language": "zh-hans"})
    parent.post("/me/guardian/agree", {"code": code})
    assert child.get("/me/").status_code == 200


def test_a_guardian_withdraws_and_the_child_waits_again() -> None:
    parent, child = (
        person("Alice", birthday=date(1990, 1, 1)),
        person("Bob", birthday=NOW.date() - timedelta(days=3000)),
    )
    assert queries.waits_for_guardian(child, moment=NOW)
    code = profile.request_guardian(child=child, moment=NOW)
    with pytest.raises(GuardianRefused):
        profile.agree_as_guardian(guardian=child, token=code, moment=NOW)
    profile.agree_as_guardian(guardian=parent, token=code, moment=NOW)
    assert not queries.waits_for_guardian(child, moment=NOW)
    profile.withdraw_as_guardian(guardian=parent, child_id=child.pk, moment=NOW)
    assert queries.waits_for_guardian(child, moment=NOW)


def test_a_birthday_is_set_once() -> None:
    alice = person("Alice", birthday=date(1990, 1, 1))
    with pytest.raises(BirthdayIsSet):
        profile.update(person=alice, name="Alice", birthday=date(1991, 1, 1), language="en", moment=NOW)


# --- pets ---


def test_a_pet_born_on_29_february_has_its_birthday_every_year() -> None:
    alice = person("Alice")
    profile.add_pet(owner=alice, name="咪咪", birthday=date(2024, 2, 29), moment=NOW)
    assert [pet.name for pet in queries.pets_with_birthday_on(date(2027, 2, 28)) if pet.owner_id == alice.pk] == [
        "咪咪"
    ]
    assert [pet.name for pet in queries.pets_with_birthday_on(date(2028, 2, 29)) if pet.owner_id == alice.pk] == [
        "咪咪"
    ]
    assert not [pet for pet in queries.pets_with_birthday_on(date(2028, 2, 28)) if pet.owner_id == alice.pk]


def test_pets_are_added_and_removed_on_their_page() -> None:
    alice = signed_in(browser(), some_number())
    alice.post("/me/pets", {"name": "旺财", "birthday": "2020-05-01"})
    page = alice.get("/me/pets").content.decode()
    assert "旺财" in page
    alice.post("/me/pets", {"remove": page.split('name="remove" value="')[1].split('"')[0]})
    assert "旺财" not in alice.get("/me/pets").content.decode()


def test_a_guardian_withdraws_on_the_family_page_and_only_for_their_own_ward() -> None:
    parent, outsider = signed_in(browser(), phone := some_number()), signed_in(browser(), some_number())
    guardian = User.objects.with_phone(phone).get()
    guardian.birthday = date(1985, 1, 1)
    guardian.save()
    child = factories.person(name="小满", birthday=timezone.localdate().replace(day=1) - timedelta(days=3650))
    profile.agree_as_guardian(guardian=guardian, token=profile.request_guardian(child=child, moment=NOW), moment=NOW)
    assert "小满" in parent.get("/me/family").content.decode()
    outsider.post("/me/guardian/withdraw", {"child": child.pk})
    assert not queries.waits_for_guardian(child, moment=NOW)
    parent.post("/me/guardian/withdraw", {"child": child.pk})
    assert queries.waits_for_guardian(child, moment=NOW)
    assert "小满" not in parent.get("/me/family").content.decode()
