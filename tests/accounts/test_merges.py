"""Two accounts of one person become one: Alice has two, Bob proposes, Charlie approves."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import data_subjects, limits, queries
from accounts.models import (
    Card,
    Closure,
    Consent,
    ConsentChannel,
    ConsentPurpose,
    FamilyMember,
    FamilyRole,
    Guardianship,
    MemberMerge,
    PastPhone,
    PlatformRole,
    User,
)
from accounts.operations import cards, families, merges, phone_numbers, privacy, profile
from accounts.operations.merges import (
    DifferentFamilies,
    GuardianAndWard,
    HoldsOpen,
    MayNotMerge,
    MergeEnded,
    MergeIsOpen,
)
from accounts.operations.support import OwnProposal, ReasonMissing
from merchants import queries as merchants
from merchants.models import MemberCode, Membership
from merchants.operations import registrations
from merchants.operations.registrations import NewMember
from points.models import Wallet
from redemption.models import LimitUsage
from tests import factories
from tests.accounts.conftest import browser, signed_in, some_number
from tests.points import cast

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def agent(name: str) -> User:
    return factories.person(name=name, is_staff=True, platform_role=PlatformRole.SUPPORT)


@pytest.fixture(autouse=True)
def platform() -> None:
    factories.platform()


@pytest.fixture
def alice() -> User:
    return factories.person(name="爱丽丝", phone=some_number())


@pytest.fixture
def old() -> User:
    return factories.person(name="爱丽丝", phone=some_number())


def proposed(duplicate: User, survivor: User, by: User | None = None) -> MemberMerge:
    return merges.propose(duplicate=duplicate, survivor=survivor, by=by or agent("小客"), reason="两次登记", moment=NOW)


def merged(duplicate: User, survivor: User) -> MemberMerge:
    return merges.approve(merge_id=proposed(duplicate, survivor).pk, by=agent("小服"), moment=NOW)


# --- two people ---


def test_nothing_happens_before_another_person_approves(alice: User, old: User) -> None:
    bob, charlie = agent("Bob"), agent("Charlie")
    shop = factories.merchant()
    factories.join(shop, old)
    cast.buy(shop, old, cast.award(50))
    merge = proposed(old, alice, by=bob)
    old.refresh_from_db()
    assert (old.is_active, old.merged_into) == (True, None)
    with pytest.raises(OwnProposal):
        merges.approve(merge_id=merge.pk, by=bob, moment=NOW)
    merges.approve(merge_id=merge.pk, by=charlie, moment=NOW)
    old.refresh_from_db()
    merge.refresh_from_db()
    assert (old.is_active, old.merged_into) == (False, alice)
    assert (merge.proposed_by, merge.approved_by, merge.approved_at, merge.reason) == (bob, charlie, NOW, "两次登记")
    assert Wallet.objects.get(member=alice, purse="base").balance == 50
    with pytest.raises(MergeEnded):
        merges.approve(merge_id=merge.pk, by=charlie, moment=NOW)


def test_the_table_refuses_one_person_as_both(alice: User, old: User) -> None:
    bob = agent("Bob")
    merge = proposed(old, alice, by=bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberMerge.objects.filter(pk=merge.pk).update(approved_by=bob, approved_at=NOW)


def test_a_stopped_merge_cannot_be_approved(alice: User, old: User) -> None:
    merge = proposed(old, alice)
    with pytest.raises(MergeIsOpen):
        proposed(old, alice)
    merges.withdraw(merge_id=merge.pk, moment=NOW)
    with pytest.raises(MergeEnded):
        merges.approve(merge_id=merge.pk, by=agent("小服"), moment=NOW)
    merged(old, alice)


def test_a_merge_needs_a_reason(alice: User, old: User) -> None:
    with pytest.raises(ReasonMissing):
        merges.propose(duplicate=old, survivor=alice, by=agent("Bob"), reason=" ", moment=NOW)


def test_it_refuses_staff_the_same_account_and_erased_or_closing_ones(alice: User, old: User) -> None:
    gone = factories.person(is_active=False)
    going = factories.person()
    Closure.objects.create(person=going, requested_at=NOW, due_at=NOW + 15 * DAY)
    for one in (agent("Dora"), gone, going, alice):
        with pytest.raises(MayNotMerge):
            proposed(one, alice)
        with pytest.raises(MayNotMerge):
            proposed(alice, one)
    merged(old, alice)
    old.refresh_from_db()
    with pytest.raises(MayNotMerge):
        proposed(factories.person(), old)


def test_it_is_refused_while_points_are_held_and_moves_nothing(alice: User, old: User) -> None:
    shop = factories.merchant()
    factories.join(shop, old)
    cast.buy(shop, old, cast.award(50), at=NOW)
    cast.hold(shop, old, 20, at=NOW)
    merge = proposed(old, alice)
    with pytest.raises(HoldsOpen):
        merges.approve(merge_id=merge.pk, by=agent("小服"), moment=NOW)
    merge.refresh_from_db()
    old.refresh_from_db()
    assert (merge.approved_at, old.merged_into) == (None, None)
    assert Membership.objects.get(member=old).left_at is None


# --- the account ---


def test_nobody_signs_in_to_the_old_account_and_its_sessions_end(alice: User, old: User) -> None:
    number = old.phone or ""
    device = signed_in(browser(), number)
    assert device.get("/me/profile").status_code == 200
    merged(User.objects.get(pk=old.pk), alice)
    assert device.get("/me/profile").status_code == 302
    limits.forget()
    visitor = signed_in(browser(), number)
    assert visitor.session["_auth_user_id"] not in (str(old.pk), str(alice.pk))


def test_the_survivor_keeps_the_number_and_the_other_becomes_a_past_number(alice: User, old: User) -> None:
    mine, other = alice.phone, old.phone
    merged(old, alice)
    assert User.objects.get(pk=alice.pk).phone == mine
    assert User.objects.get(pk=old.pk).phone is None
    assert queries.present_and_past_owners(other or "") == {alice.pk}
    assert not PastPhone.objects.filter(person=old).exists()


def test_a_survivor_with_only_a_card_gets_the_number_and_the_name(old: User) -> None:
    number = old.phone
    old.birthday = date(1990, 5, 1)
    old.save()
    card_only = factories.person()
    merged(old, card_only)
    found = User.objects.get(pk=card_only.pk)
    assert (found.phone, found.name, found.birthday) == (number, "爱丽丝", date(1990, 5, 1))
    assert phone_numbers.open_account(phone=number or "", moment=NOW).person == card_only


def test_a_sign_up_bonus_is_not_given_again(alice: User, old: User) -> None:
    shop = factories.merchant()
    for person in (alice, old):
        factories.join(shop, person)
    cast.buy(shop, old, cast.bonus(88, once=f"sign-up:{shop.pk}"), kind="award")
    merged(old, alice)
    again = cast.buy(shop, alice, cast.bonus(88, once=f"sign-up:{shop.pk}"), kind="award")
    assert [award["points"] for award in again.awards] == [0]


def test_cards_move_and_one_of_them_stays_open(alice: User, old: User) -> None:
    theirs = cards.issue(member=old, moment=NOW)
    merged(old, alice)
    assert queries.open_card(alice) == theirs
    third = factories.person()
    second = cards.issue(member=third, moment=NOW)
    merged(third, alice)
    assert queries.open_card(alice) == theirs
    assert Card.objects.get(pk=second.pk).member == alice


def test_pets_move_and_are_sealed_with_the_new_owners_key(alice: User, old: User) -> None:
    pet = profile.add_pet(owner=old, name="豆豆", birthday=date(2020, 2, 29), moment=NOW)
    merged(old, alice)
    found = queries.pets_of(User.objects.get(pk=alice.pk))
    assert [(one.id, one.name, one.birthday) for one in found] == [(pet.pk, "豆豆", date(2020, 2, 29))]


def test_the_place_in_the_family_moves_with_its_role(alice: User, old: User) -> None:
    home = families.create(head=old, name="我家", moment=NOW)
    merged(old, alice)
    place = queries.family_of(alice)
    assert place is not None
    assert (place.family, place.role) == (home, FamilyRole.HEAD)
    assert not FamilyMember.objects.filter(member=old, left_at=None).exists()


def test_in_one_family_the_place_of_the_head_is_kept(alice: User, old: User) -> None:
    home = families.create(head=old, name="我家", moment=NOW)
    FamilyMember.objects.create(family=home, member=alice)
    merged(old, alice)
    assert [(place.member, place.role) for place in queries.places_of(home)] == [(alice, FamilyRole.HEAD)]


def test_two_families_are_refused(alice: User, old: User) -> None:
    factories.family(alice)
    factories.family(old)
    with pytest.raises(DifferentFamilies):
        proposed(old, alice)


def test_a_guardian_is_not_merged_with_the_child(alice: User, old: User) -> None:
    Guardianship.objects.create(child=old, guardian=alice, token_hash=b"x", requested_at=NOW, expires_at=NOW)
    with pytest.raises(GuardianAndWard):
        proposed(old, alice)


def test_of_two_consents_the_later_holds_and_both_stay(alice: User, old: User) -> None:
    def answer(person: User, is_given: bool, days: int) -> Consent:
        return privacy.set_consent(
            person=person, purpose=ConsentPurpose.MARKETING, channel=ConsentChannel.SMS, is_given=is_given,
            moment=NOW - days * DAY,
        )  # fmt: skip

    earlier, withdrawn = answer(alice, True, 9), answer(old, False, 1)
    merged(old, alice)
    assert not queries.has_consented(alice, ConsentPurpose.MARKETING, ConsentChannel.SMS)
    assert {earlier, withdrawn} < set(Consent.objects.all())
    assert Consent.objects.filter(person=alice).latest("pk").answered_at == withdrawn.answered_at


# --- merchants ---


def test_the_survivor_joins_the_merchants_of_the_old_account(alice: User, old: User) -> None:
    shop = factories.merchant()
    factories.join(shop, old, member_ref="A-1", joined_at=NOW - DAY, consented_at=NOW - DAY)
    merged(old, alice)
    found = merchants.member(merchant_id=shop.pk, public_id=alice.public_id)
    assert found is not None
    assert (found.member_ref, found.joined_at, found.merged_into) == ("A-1", NOW - DAY, None)
    gone = merchants.member(merchant_id=shop.pk, public_id=old.public_id)
    assert gone is not None
    assert gone.merged_into == alice.public_id
    assert Membership.objects.get(merchant=shop, member=old).left_at == NOW


def test_where_both_were_members_the_old_number_leads_to_the_survivor(alice: User, old: User) -> None:
    shop = factories.merchant()
    factories.join(shop, alice, member_ref="A-1")
    factories.join(shop, old, member_ref="B-2")
    merged(old, alice)
    found = merchants.members_by_ref(merchant_id=shop.pk, member_refs=["A-1", "B-2"])
    assert {ref: (known.public_id, known.has_left) for ref, known in found.items()} == {
        "A-1": (alice.public_id, False),
        "B-2": (alice.public_id, False),
    }
    registered = registrations.register(merchant_id=shop.pk, member=NewMember(member_ref="B-2"), moment=NOW)
    assert (registered.public_id, registered.is_new) == (alice.public_id, False)
    assert Membership.objects.get(merchant=shop, member=alice).member_ref == "A-1"


def test_a_merchant_that_neither_joined_learns_nothing(alice: User, old: User) -> None:
    shop = factories.merchant()
    factories.join(shop, old, left_at=NOW - DAY)
    merged(old, alice)
    assert merchants.member(merchant_id=shop.pk, public_id=old.public_id) is None
    assert merchants.member(merchant_id=shop.pk, public_id=alice.public_id) is None


def test_a_member_code_of_the_old_account_becomes_void(alice: User, old: User) -> None:
    code = MemberCode.objects.create(member=old, code_hash=b"c" * 32, expires_at=NOW + DAY)
    merged(old, alice)
    code.refresh_from_db()
    assert code.expires_at == NOW


# --- limits, export, erasure, timeline ---


def test_limits_add_up(alice: User, old: User) -> None:
    for person, used in ((alice, 1), (old, 2)):
        LimitUsage.objects.create(member_id=person.pk, reward_id=7, window="2026-11", used=used)
    LimitUsage.objects.create(member_id=old.pk, reward_id=8, window="2026-11", used=3)
    merged(old, alice)
    assert dict(LimitUsage.objects.filter(member_id=alice.pk).values_list("reward_id", "used")) == {7: 3, 8: 3}


def test_the_export_of_the_survivor_includes_the_old_account(alice: User, old: User) -> None:
    shop = factories.merchant()
    factories.join(shop, old)
    cast.buy(shop, old, cast.award(50), reference="receipt-77")
    merged(old, alice)
    assert "receipt-77" in _exported(User.objects.get(pk=alice.pk))


def test_erasing_the_survivor_erases_the_old_account_too(alice: User, old: User) -> None:
    merged(old, alice)
    privacy.erase(person=User.objects.get(pk=alice.pk), moment=NOW)
    assert not User.objects.filter(pk__in=(alice.pk, old.pk), erased_at=None).exists()
    assert not User.objects.filter(pk__in=(alice.pk, old.pk), identity__isnull=False).exists()


def test_the_timeline_shows_the_merge_to_support(alice: User, old: User) -> None:
    merged(old, alice)
    for person in (alice, old):
        assert "两次登记" in str(data_subjects.timeline(person))


def _exported(person: User) -> str:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data_subjects.export_everything(person, NOW))) as bundle:
        return bundle.read("data.json").decode()
