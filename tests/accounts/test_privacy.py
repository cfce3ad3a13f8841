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
    """Book points for the person at a new shop; returns the shop."""
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
def test_the_database_refuses_changes_of_consents(statement: str) -> None:
    privacy.set_consent(person=alice(), purpose=MARKETING, is_given=False, moment=NOW)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_page_records_only_changed_choices() -> None:
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
    data = json.loads(archive_of(person).read("data.json"))
    assert data["profile"][0]["phone"] == person.phone
    assert data["profile"][0]["birthday"] == "1990-05-01"
    assert data["memberships"][0]["member_ref"] == "ref-爱丽丝"
    assert data["statement"][0]["points"] == 50
    assert data["wallets"][0]["balance"] == 50
    assert data["lots"][0]["remaining"] == 50
    assert data["pets"][0]["name"] == "咪咪"
    assert data["family"][0]["family__name"] == "我们家"
    assert data["consents"][0]["purpose"] == "marketing"
    assert len(data["cards"][0]["number"]) == 16
    assert "inbox" in data
    assert "Bob" not in json.dumps(data, ensure_ascii=False)
    assert "bobs-order" not in json.dumps(data)


def test_each_table_is_a_csv_and_the_note_is_in_both_languages() -> None:
    person = alice(name="=cmd|' /C calc'!A0")
    archive = archive_of(person)
    rows = list(csv.DictReader(io.StringIO(archive.read("profile.csv").decode("utf-8-sig"))))
    # A spreadsheet must not run a name as a formula.
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


def test_closing_ends_all_sessions_and_a_sign_in_cancels_it() -> None:
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


def test_the_identity_is_erased_after_fifteen_days_and_not_before() -> None:
    person = alice()
    privacy.request_closure(person=person, moment=NOW)
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS - timedelta(seconds=1)) == 0
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS) == 1
    assert privacy.erase_due(moment=NOW + FIFTEEN_DAYS) == 0
    gone = again(person)
    assert (gone.name, gone.phone, gone.birthday, gone.identity, gone.is_active) == ("", None, None, None, False)
    assert gone.erased_at == NOW + FIFTEEN_DAYS


def test_pets_cards_family_sessions_and_the_merchants_numbers_are_erased_too() -> None:
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


def test_a_backup_cannot_be_opened_once_the_key_is_deleted() -> None:
    person = alice()
    backup = bytes(again(person).identity)
    closed(person)
    thief = again(person)
    thief.identity = backup
    assert (thief.name, thief.phone) == ("", None)


def test_staff_cannot_close_their_accounts() -> None:
    with pytest.raises(MayNotClose):
        privacy.request_closure(person=alice(is_staff=True), moment=NOW)


def test_a_repeated_request_to_close_is_the_first_one() -> None:
    person = alice()
    first = privacy.request_closure(person=person, moment=NOW)
    assert privacy.request_closure(person=person, moment=NOW + timedelta(days=3)) == first
    assert Closure.objects.filter(person=person).count() == 1


def test_a_tombstone_refers_to_nobody() -> None:
    person = alice()
    phone = person.phone
    shop = earn(person, 50, as_bonus=True)
    closed(person)
    (tombstone,) = Tombstone.objects.filter(fact=f"sign-up:{shop.pk}")
    assert phone
    assert phone.encode() not in bytes(tombstone.mark)
    assert {field.name for field in Tombstone._meta.fields} == {"id", "mark", "fact"}


# --- retention ---

FOUR_YEARS_AGO = NOW - timedelta(days=4 * 366)


def inactive(**facts: object) -> User:
    person = alice(**facts)
    User.objects.filter(pk=person.pk).update(created_at=FOUR_YEARS_AGO)
    return person


def test_a_person_without_sign_in_for_three_years_and_without_points_is_purged() -> None:
    person, recent = inactive(), alice()
    privacy.purge(moment=NOW)
    assert again(person).erased_at == NOW
    assert again(recent).erased_at is None


def test_an_owner_of_points_is_never_purged_because_points_are_for_life() -> None:
    person = inactive()
    earn(person, 5, at=FOUR_YEARS_AGO)
    privacy.purge(moment=NOW)
    assert again(person).name == "爱丽丝"


def test_people_who_signed_in_or_work_here_are_not_purged() -> None:
    seen, staff = inactive(), inactive(is_staff=True)
    User.objects.filter(pk=seen.pk).update(last_login=NOW - timedelta(days=300))
    privacy.purge(moment=NOW)
    assert again(seen).name == again(staff).name == "爱丽丝"
