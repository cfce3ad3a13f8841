"""People and their sealed identity."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import queries
from accounts.models import User, WrappedKey
from hongmi.lib import field_crypto
from tests import factories
from tests.accounts.conftest import some_number

pytestmark = pytest.mark.django_db


def alice(**facts: object) -> User:
    person: User = factories.person(name="爱丽丝", birthday=date(1990, 2, 28), **facts)
    return person


def stored(person: User) -> bytes:
    """The stored bytes of the person's row and key, as a thief of the database sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(identity, '') || coalesce(k.wrapped, '') || convert_to(u.*::text, 'UTF8') "
            "FROM accounts_user u LEFT JOIN accounts_wrappedkey k ON k.person_id = u.id WHERE u.id = %s",
            [person.pk],
        )
        return bytes(cursor.fetchone()[0])


def test_name_phone_and_birthday_are_readable_and_not_stored_in_clear() -> None:
    phone = some_number()
    person = User.objects.get(pk=alice(phone=phone).pk)
    assert (person.name, person.phone, person.birthday) == ("爱丽丝", phone, date(1990, 2, 28))
    for fact in ("爱丽丝", phone[3:], "1990-02"):
        assert fact.encode() not in stored(person)


def test_a_person_is_found_by_number_and_one_number_is_one_person() -> None:
    phone = some_number()
    person = alice(phone=phone)
    assert queries.person_by_phone(phone) == person
    assert queries.person_by_phone(some_number()) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        alice(phone=phone)


def test_without_the_data_key_nobody_reads_the_identity() -> None:
    person = alice(phone=some_number())
    WrappedKey.objects.filter(person=person).delete()
    thief = User.objects.get(pk=person.pk)
    assert (thief.name, thief.phone, thief.birthday) == ("", None, None)
    with pytest.raises(field_crypto.CannotOpen):
        thief.data_key()


def test_one_persons_identity_does_not_open_in_anothers_row() -> None:
    person, other = alice(), factories.person(name="Bob")
    User.objects.filter(pk=other.pk).update(identity=person.identity)
    assert User.objects.get(pk=other.pk).name == ""


def test_changing_one_fact_keeps_the_others() -> None:
    person = alice(phone=some_number())
    person = User.objects.get(pk=person.pk)
    person.name = "Alice"
    person.save(update_fields=["language"])
    assert User.objects.get(pk=person.pk).name == "Alice"
    assert User.objects.get(pk=person.pk).birthday == date(1990, 2, 28)


def test_a_person_without_identity_draws_no_key() -> None:
    person = factories.person()
    assert person.identity is None
    assert not WrappedKey.objects.filter(person=person).exists()


def test_people_with_an_identity_are_not_inserted_in_bulk() -> None:
    with pytest.raises(ValueError, match="one by one"):
        User.objects.bulk_create([User(name="Alice")])


def test_birthdays_are_found_by_their_day() -> None:
    person = alice()
    leap = factories.person(name="Bob", birthday=date(2000, 2, 29))
    found = queries.people_with_birthday_on(date(2027, 2, 28))
    assert {person, leap} <= set(found)
    assert leap not in queries.people_with_birthday_on(date(2028, 2, 28))
    assert queries.birthdays(public_ids=[leap.public_id]) == {leap.public_id: date(2000, 2, 29)}


def test_a_person_is_shown_by_a_masked_number_when_there_is_no_name() -> None:
    person = factories.person(phone="+8613912345678")
    assert str(person) == "139****5678"


def test_the_database_refuses_an_erased_person_with_an_identity() -> None:
    person = alice()
    with pytest.raises(IntegrityError, match="an_erased_person_has_no_identity"), transaction.atomic():
        User.objects.filter(pk=person.pk).update(erased_at=person.created_at)


def test_a_person_is_printed_without_the_full_name() -> None:
    person = alice()
    assert str(person) == "爱**"
    assert person.get_full_name() == "爱丽丝"
