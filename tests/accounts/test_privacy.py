"""Consent, export, closing, erasure, retention."""

import csv
import io
import json
import zipfile
from datetime import date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts import data_subjects, queries
from accounts.models import Card, Closure, Consent, ConsentChannel, ConsentPurpose, Pet, Tombstone, User, WrappedKey
from accounts.operations import cards, families, privacy, profile
from accounts.operations.privacy import MayNotClose
from merchants.models import Membership, Merchant
from tests import factories
from tests.accounts.conftest import browser, signed_in, some_number
from tests.points import cast

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FIFTEEN_DAYS = timedelta(days=15)
SMS = ConsentChannel.SMS
MARKETING = ConsentPurpose.MARKETING


def alice(**facts: object) -> User:
    values: dict[str, object] = {"name": "爱丽丝", "phone": some_number(), "birthday": date(1990, 5, 1)}
    return factories.person(**(values | facts))


def earn(person: User, points: int, *, at: datetime = NOW, **fields: object) -> Merchant:
    """At a shop of which the person is a member; the shop."""
    shop = factories.merchant()
    Membership.objects.get_or_create(merchant=shop, member=person)
    award = cast.award(points, once=f"sign-up:{shop.pk}") if fields.pop("as_bonus", False) else cast.award(points)
    cast.buy(shop, person, award, at=at, **fields)
    return shop


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


# --- consent ---


def test_a_consent_is_given_and_withdrawn_and_both_stay() -> None:
    person = alice()
    for is_given in (True, False, True):
        privacy.set_consent(person=person, purpose=MARKETING, channel=SMS, is_given=is_given, moment=NOW)
    assert [one.is_given for one in person.consents.order_by("id")] == [True, False, True]
    assert queries.has_consented(person, MARKETING, SMS)
    assert not queries.has_consented(person, MARKETING, ConsentChannel.PUSH)


@pytest.mark.parametrize("statement", ["UPDATE accounts_consent SET is_given = true", "DELETE FROM accounts_consent"])
def test_the_database_lets_nobody_rewrite_a_consent(statement: str) -> None:
    privacy.set_consent(person=alice(), purpose=MARKETING, is_given=False, moment=NOW)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_choices_are_made_on_the_page_and_only_changes_are_written() -> None:
    phone = some_number()
    device = signed_in(browser(), phone)
    person = User.objects.with_phone(phone).get()
    for _ in range(2):
        device.post("/me/data", {"marketing-sms": "on"})
    assert queries.has_consented(person, MARKETING, SMS)
    assert Consent.objects.filter(person=person, purpose=MARKETING).count() == 1
    device.post("/me/data", {})
    assert not queries.has_consented(person, MARKETING, SMS)


# --- export ---


def archive_of(person: User) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data_subjects.export_everything(person, NOW)))


def test_the_export_holds_everything_about_alice_and_nothing_about_bob() -> None:
    shop = factories.merchant("stationer", name="文具店")
    person, bob = alice(), alice(name="Bob")
    for who in (person, bob):
        factories.join(shop, who, member_ref=f"ref-{who.name}")
    cast.buy(shop, person, cast.award(50), reference=f"alices-order-{person.pk}")
    cast.buy(shop, bob, cast.award(70), reference=f"bobs-order-{bob.pk}")
    profile.add_pet(owner=person, name="咪咪", birthday=date(2024, 2, 29), moment=NOW)
    families.create(head=person, moment=NOW, name="我们家")
    privacy.set_consent(person=person, purpose=MARKETING, channel=SMS, is_given=True, moment=NOW)
    cards.issue(member=person, moment=NOW)
    told = json.loads(archive_of(person).read("data.json"))
    assert told["profile"][0]["phone"] == person.phone
    assert told["profile"][0]["birthday"] == "1990-05-01"
    assert told["memberships"][0]["member_ref"] == "ref-爱丽丝"
    assert told["statement"][0]["points"] == 50
    assert told["wallets"][0]["balance"] == 50
    assert told["lots"][0]["remaining"] == 50
    assert told["pets"][0]["name"] == "咪咪"
    assert told["family"][0]["family__name"] == "我们家"
    assert told["consents"][0]["purpose"] == "marketing"
    assert len(told["cards"][0]["number"]) == 16
    assert "inbox" in told
    assert "Bob" not in json.dumps(told, ensure_ascii=False)
    assert "bobs-order" not in json.dumps(told)


def test_each_sheet_is_a_csv_and_the_note_is_in_both_languages() -> None:
    person = alice(name="=cmd|' /C calc'!A0")
    archive = archive_of(person)
    rows = list(csv.DictReader(io.StringIO(archive.read("profile.csv").decode("utf-8-sig"))))
    # A spreadsheet must not run what a person is called.
    assert rows[0]["name"].startswith("'=")
    note = archive.read("README.txt").decode()
    assert "我的全部数据" in note
    assert "everything about me" in note


def test_a_member_downloads_the_export() -> None:
    device = signed_in(browser(), some_number())
    answer = device.post("/me/data/export")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    assert "profile.csv" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


# --- closing ---


def closed(person: User, moment: datetime = NOW) -> None:
    privacy.request_closure(person=person, moment=moment)
    privacy.erase_due(moment=moment + FIFTEEN_DAYS)


def test_closing_warns_of_unused_points() -> None:
    phone = some_number()
    device = signed_in(browser(), phone)
    person = User.objects.with_phone(phone).get()
    assert 'role="alert"' not in device.get("/me/close").content.decode()
    earn(person, 1234)
    page = device.get("/me/close").content.decode()
    assert "1234" in page
    assert 'role="alert"' in page


def test_a_closing_account_signs_out_everywhere_and_signing_in_takes_it_back() -> None:
    phone = some_number()
    person = User.objects.create_user(phone=phone, password="correct horse battery")
    here, there = browser(), browser()
    for device in (here, there):
        device.post("/sign-in/password", {"login": phone, "password": "correct horse battery"})
    here.post("/me/close", {"is_sure": "1"})
    assert there.get("/me/").status_code == 302
    assert queries.open_closure(person)
    here.post("/sign-in/password", {"login": phone, "password": "correct horse battery"})
    assert queries.open_closure(person) is None
    assert privacy.erase_due(moment=NOW + timedelta(days=99)) == 0
    assert again(person).phone == phone


def test_the_identity_goes_after_fifteen_days_and_not_before() -> None:
    person = alice()
    privacy.request_closure(person=person, moment=NOW)
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS - timedelta(seconds=1)) == 0
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS) == 1
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS) == 0
    gone = again(person)
    assert (gone.name, gone.phone, gone.birthday, gone.identity, gone.is_active) == ("", None, None, None, False)
    assert gone.erased_at == NOW + FIFTEEN_DAYS


def test_with_the_identity_go_pets_cards_family_sessions_and_the_merchants_numbers() -> None:
    shop, phone = factories.merchant(), some_number()
    device = signed_in(browser(), phone)
    person = User.objects.with_phone(phone).get()
    factories.join(shop, person, member_ref="A-1")
    profile.add_pet(owner=person, name="咪咪", birthday=date(2024, 2, 29), moment=NOW)
    cards.issue(member=person, moment=NOW)
    families.create(head=person, moment=NOW)
    closed(person)
    assert not Pet.objects.filter(owner=person).exists()
    assert not Card.objects.filter(member=person).exists()
    assert not WrappedKey.objects.filter(person=person).exists()
    assert queries.family_of(person) is None
    assert not Session.objects.filter(session_key=device.session.session_key).exists()
    membership = Membership.objects.get(member=person)
    assert (membership.member_ref, membership.left_at is None) == (None, False)


def test_a_copy_kept_from_before_opens_nothing_once_the_key_is_gone() -> None:
    person = alice()
    backup = bytes(again(person).identity)
    closed(person)
    thief = again(person)
    thief.identity = backup
    assert (thief.name, thief.phone) == ("", None)


def test_staff_do_not_close_themselves() -> None:
    with pytest.raises(MayNotClose):
        privacy.request_closure(person=alice(is_staff=True), moment=NOW)


def test_two_wishes_to_close_are_one() -> None:
    person = alice()
    first = privacy.request_closure(person=person, moment=NOW)
    assert privacy.request_closure(person=person, moment=NOW + timedelta(days=3)) == first
    assert Closure.objects.filter(person=person).count() == 1


def test_a_tombstone_names_nobody() -> None:
    person = alice()
    phone = person.phone
    shop = earn(person, 50, as_bonus=True)
    closed(person)
    (stone,) = Tombstone.objects.filter(fact=f"sign-up:{shop.pk}")
    assert phone
    assert phone.encode() not in bytes(stone.mark)
    assert {field.name for field in Tombstone._meta.fields} == {"id", "mark", "fact"}


# --- retention ---

FOUR_YEARS_AGO = NOW - timedelta(days=4 * 366)


def asleep(**facts: object) -> User:
    person = alice(**facts)
    User.objects.filter(pk=person.pk).update(created_at=FOUR_YEARS_AGO)
    return person


def test_who_was_not_here_for_three_years_and_owns_nothing_is_purged() -> None:
    person, recent = asleep(), alice()
    privacy.purge(moment=NOW)
    assert again(person).erased_at == NOW
    assert again(recent).erased_at is None


def test_who_still_owns_points_is_never_purged_because_points_are_for_life() -> None:
    person = asleep()
    earn(person, 5, at=FOUR_YEARS_AGO)
    privacy.purge(moment=NOW)
    assert again(person).name == "爱丽丝"


def test_who_signed_in_or_works_here_is_not_purged() -> None:
    seen, staff = asleep(), asleep(is_staff=True)
    User.objects.filter(pk=seen.pk).update(last_login=NOW - timedelta(days=300))
    privacy.purge(moment=NOW)
    assert again(seen).name == again(staff).name == "爱丽丝"
