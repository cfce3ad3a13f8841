"""Staff of a merchant: Alice owns the Stationer, Bob manages it, Charlie must have no access."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import PlatformRole, User
from merchants import permissions
from merchants.errors import InvitationOver, LastOwner, StaffRefused
from merchants.models import Merchant, Staff, StaffInvitation, StaffRole
from merchants.operations import staff
from tests import factories
from tests.merchants import counter

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant("stationer")


@pytest.fixture
def alice(shop: Merchant) -> User:
    person = factories.person()
    factories.staff(shop, person, StaffRole.OWNER)
    return person


@pytest.fixture
def charlie() -> User:
    return factories.person()


def invited(shop: Merchant, by: User, role: StaffRole = StaffRole.MANAGER, **more: object) -> str:
    return staff.invite(merchant_id=shop.pk, by=by, role=role, moment=NOW, **more)  # type: ignore[arg-type]


def hired(shop: Merchant, by: User, role: StaffRole) -> User:
    person = factories.person()
    staff.accept(person=person, code=invited(shop, by, role), moment=NOW)
    return person


def test_the_holder_of_the_code_gets_the_role_in_its_stores(shop: Merchant, alice: User) -> None:
    store = factories.store(shop, code="1", name="西湖店", division_code="330106")
    code = invited(shop, alice, StaffRole.CASHIER, store_ids=[store.pk])
    bob = factories.person()
    place = staff.accept(person=bob, code=code.lower(), moment=NOW)
    assert (place.role, list(place.stores.all())) == (StaffRole.CASHIER, [store])
    bob.refresh_from_db()
    assert bob.is_staff


def test_a_code_is_valid_once_and_for_a_week(shop: Merchant, alice: User, charlie: User) -> None:
    code = invited(shop, alice)
    with pytest.raises(InvitationOver):
        staff.accept(person=charlie, code=code, moment=NOW + timedelta(days=7))
    staff.accept(person=factories.person(), code=code, moment=NOW)
    with pytest.raises(InvitationOver):
        staff.accept(person=charlie, code=code, moment=NOW)
    assert code not in str(StaffInvitation.objects.values().get())


def test_an_invitation_for_a_number_is_refused_for_others(shop: Merchant, alice: User, charlie: User) -> None:
    bob = factories.person()
    bob.phone = counter.a_phone()
    bob.save()
    code = invited(shop, alice, phone=bob.phone)
    with pytest.raises(InvitationOver):
        staff.accept(person=charlie, code=code, moment=NOW)
    assert staff.accept(person=bob, code=code, moment=NOW).user == bob


def test_a_withdrawn_invitation_is_void(shop: Merchant, alice: User, charlie: User) -> None:
    code = invited(shop, alice)
    staff.withdraw_invitation(merchant_id=shop.pk, by=alice, invitation_id=StaffInvitation.objects.get().pk, moment=NOW)
    with pytest.raises(InvitationOver):
        staff.accept(person=charlie, code=code, moment=NOW)


def test_an_invitation_is_void_when_the_inviting_person_loses_the_right(
    shop: Merchant, alice: User, charlie: User
) -> None:
    bob = hired(shop, alice, StaffRole.MANAGER)
    code = invited(shop, bob, StaffRole.CASHIER)
    staff.end(merchant_id=shop.pk, by=alice, user_id=bob.pk)
    with pytest.raises(InvitationOver):
        staff.accept(person=charlie, code=code, moment=NOW)


@pytest.mark.parametrize("role", [StaffRole.OWNER, StaffRole.MANAGER, StaffRole.FINANCE])
def test_a_manager_invites_nobody_above_a_cashier(shop: Merchant, alice: User, role: StaffRole) -> None:
    bob = hired(shop, alice, StaffRole.MANAGER)
    with pytest.raises(StaffRefused):
        invited(shop, bob, role)


@pytest.mark.parametrize("role", [StaffRole.CASHIER, StaffRole.FINANCE, StaffRole.READ_ONLY])
def test_others_invite_nobody(shop: Merchant, alice: User, role: StaffRole) -> None:
    with pytest.raises(StaffRefused):
        invited(shop, hired(shop, alice, role), StaffRole.READ_ONLY)


def test_an_owner_of_another_shop_governs_nobody_here(shop: Merchant, alice: User, charlie: User) -> None:
    factories.staff(factories.merchant("garage"), charlie, StaffRole.OWNER)
    bob = hired(shop, alice, StaffRole.CASHIER)
    for act in (
        lambda: invited(shop, charlie, StaffRole.CASHIER),
        lambda: staff.end(merchant_id=shop.pk, by=charlie, user_id=bob.pk),
        lambda: staff.change_role(merchant_id=shop.pk, by=charlie, user_id=bob.pk, role=StaffRole.OWNER),
    ):
        with pytest.raises(StaffRefused):
            act()


def test_the_last_owner_stays(shop: Merchant, alice: User) -> None:
    with pytest.raises(LastOwner):
        staff.end(merchant_id=shop.pk, by=alice, user_id=alice.pk)
    with pytest.raises(LastOwner):
        staff.change_role(merchant_id=shop.pk, by=alice, user_id=alice.pk, role=StaffRole.CASHIER)
    hired(shop, alice, StaffRole.OWNER)
    staff.end(merchant_id=shop.pk, by=alice, user_id=alice.pk)
    assert Staff.objects.filter(merchant=shop, is_active=True).count() == 1


def test_a_person_without_another_job_loses_the_console(shop: Merchant, alice: User) -> None:
    bob = hired(shop, alice, StaffRole.CASHIER)
    staff.end(merchant_id=shop.pk, by=alice, user_id=bob.pk)
    bob.refresh_from_db()
    assert not bob.is_staff


def test_a_store_of_another_shop_binds_nobody_here(shop: Merchant, alice: User) -> None:
    elsewhere = factories.store(factories.merchant("garage"), code="1", name="店")
    with pytest.raises(StaffRefused):
        invited(shop, alice, StaffRole.CASHIER, store_ids=[elsewhere.pk])


def test_an_operator_is_appointed_and_dismissed(charlie: User) -> None:
    def permissions_of_charlie() -> permissions.Permissions:
        return permissions.of(User.objects.get(pk=charlie.pk))

    call_command("assign_role", str(charlie.public_id), "operator")
    assert permissions_of_charlie().may("merchants.step_merchant")
    call_command("assign_role", str(charlie.public_id), "none")
    assert permissions_of_charlie() == permissions.NONE
    with pytest.raises(CommandError):
        call_command("assign_role", "nobody", "operator")


def test_the_first_operator_is_created_with_a_password_from_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    call_command("assign_role", "--create", "olivia", "operator")
    olivia = User.objects.get(username="olivia")
    assert olivia.check_password("correct horse battery")
    assert (olivia.is_staff, olivia.is_superuser) == (True, False)
    assert permissions.of(olivia).may("merchants.step_merchant")
    with pytest.raises(CommandError, match="exists already"):
        call_command("assign_role", "--create", "olivia", "support")


def test_a_weak_password_creates_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError):
        call_command("assign_role", "--create", "olivia", "operator")
    assert not User.objects.filter(username="olivia").exists()


def test_production_creates_no_superuser_and_a_role_ends_one(settings: Any) -> None:
    person = User.objects.create_superuser("root", "correct horse battery")
    staff.assign_role(person=person, role=PlatformRole.OPERATOR)
    assert not User.objects.get(pk=person.pk).is_superuser
    settings.IS_PRODUCTION = True
    with pytest.raises(SuspiciousOperation, match="assign_role --create"):
        User.objects.create_superuser("root2", "correct horse battery")


def test_a_person_without_platform_role_keeps_the_job_at_the_shop(shop: Merchant, alice: User) -> None:
    staff.assign_role(person=alice, role=PlatformRole.SUPPORT)
    staff.assign_role(person=alice, role=PlatformRole.NONE)
    assert permissions.of(User.objects.get(pk=alice.pk)).may("merchants.invite_staff", merchant_id=shop.pk)


def test_the_consoles_log_has_no_name(shop: Merchant, alice: User) -> None:
    alice.name = "爱丽丝"
    alice.save()
    assert "爱" not in str(Staff.objects.get(user=alice))
