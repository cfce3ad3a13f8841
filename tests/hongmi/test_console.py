"""The console opens for everyone with permission, however they sign in."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def alice(db: None) -> User:
    """Signs in with her phone, so she has no sign-in name."""
    return User.objects.create_user(is_staff=True, is_superuser=True)


def test_it_opens_for_a_person_without_a_sign_in_name(client: Client, alice: User) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/console/")
    assert page.status_code == 200
    assert str(alice) in page.content.decode()


def test_its_menu_is_in_chinese(client: Client, alice: User) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/console/").content.decode()
    assert "积分规则" in page
    assert "Earning rules" not in page
