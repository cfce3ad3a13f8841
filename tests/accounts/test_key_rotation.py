"""Key rotation: with a new first key all people are sealed and indexed again, and the old key can be removed."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from accounts import data_subjects, queries
from accounts.models import PhoneMove, User
from accounts.operations import families, key_rotation, phone_moves
from hongmi.lib.field_crypto import CannotOpen
from tests import factories
from tests.accounts import test_support
from tests.accounts.conftest import some_number

pytestmark = pytest.mark.django_db
NEW = "n3w-kZ8-Qw3_rT6yUi9oPa2sDf5gHj8kLz1xCv4bNm7qWe0rTy3uI"


def reseal() -> str:
    output = io.StringIO()
    call_command("reseal_identities", stdout=output)
    return output.getvalue()


def test_after_a_rotation_everything_works_without_the_old_key(settings: Settings) -> None:
    old_keys, phone, new_phone = list(settings.HONGMI_FIELD_KEYS), some_number(), some_number()
    alice = factories.person(name="爱丽丝", phone=phone)
    nameless = factories.person()
    move = test_support.proposed(alice, new_phone, test_support.agent())
    settings.HONGMI_FIELD_KEYS = [NEW, *old_keys]
    assert "1 waiting moves" in reseal()
    settings.HONGMI_FIELD_KEYS = [NEW]
    again = User.objects.with_phone(phone).get()
    assert (again, again.name, again.phone) == (alice, "爱丽丝", phone)
    assert data_subjects.find("爱丽丝") == [alice.pk]
    assert User.objects.get(pk=nameless.pk).phone is None
    phone_moves.approve(move_id=move.pk, by=test_support.agent(), moment=timezone.now())
    assert User.objects.with_phone(new_phone).get() == alice
    assert PhoneMove.objects.get().done_at


def test_a_second_run_changes_nothing(settings: Settings) -> None:
    factories.person(name="爱丽丝", phone=some_number())
    settings.HONGMI_FIELD_KEYS = [NEW, *settings.HONGMI_FIELD_KEYS]
    reseal()
    assert "Done: 0 people, 0 waiting moves and 0 second factors" in reseal()


def test_it_resumes_after_an_interruption(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(key_rotation, "BATCH", 2)
    everybody = [factories.person(name=f"{number}", phone=some_number()) for number in range(5)]
    settings.HONGMI_FIELD_KEYS = [NEW, *settings.HONGMI_FIELD_KEYS]
    first = key_rotation.reseal(after_id=0)
    assert (first.seen, first.changed, first.last_id) == (2, 2, everybody[1].pk)
    assert "Done: 3 people" in reseal()


def test_a_ring_without_the_old_key_overwrites_nothing(settings: Settings) -> None:
    phone, keys = some_number(), list(settings.HONGMI_FIELD_KEYS)
    alice = factories.person(name="爱丽丝", phone=phone)
    settings.HONGMI_FIELD_KEYS = [NEW]
    with pytest.raises(CannotOpen):
        reseal()
    settings.HONGMI_FIELD_KEYS = keys
    assert User.objects.with_phone(phone).get() == alice


def test_an_invitation_to_a_number_survives_the_rotation(settings: Settings) -> None:
    phone, now = some_number(), timezone.now()
    alice, bob = factories.person(name="Alice"), factories.person(name="Bob", phone=phone)
    families.create(head=alice, moment=now)
    families.invite(by=alice, moment=now, phone=phone)
    settings.HONGMI_FIELD_KEYS = [NEW, *settings.HONGMI_FIELD_KEYS]
    reseal()
    bob = User.objects.get(pk=bob.pk)
    (invitation,) = queries.invitations_for(bob, moment=now)
    families.accept_invitation(person=bob, moment=now, invitation_id=invitation.pk)
    assert queries.family_of(bob)
