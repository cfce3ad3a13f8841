"""Lists of the console take the filters they declare and no other."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from hongmi.lib.console.admins import ConsoleAdmin
from hongmi.lib.shanghai import SHANGHAI
from tests import factories
from tests.points import cast

LISTS = [pytest.param(each, id=each.opts.label_lower) for each in admin.site._registry.values()]


@pytest.fixture
def console(db: None) -> Client:
    """Signed in as a person who sees every page."""
    person = factories.person(is_staff=True, is_superuser=True)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(console_list: Any) -> str:
    return reverse(f"admin:{console_list.opts.app_label}_{console_list.opts.model_name}_changelist")


def test_every_page_of_the_console_has_the_base_that_refuses_undeclared_filters() -> None:
    assert [type(each) for each in admin.site._registry.values() if not isinstance(each, ConsoleAdmin)] == []


@pytest.mark.parametrize("console_list", LISTS)
def test_no_column_can_be_filtered_that_the_list_does_not_declare(console: Client, console_list: Any) -> None:
    undeclared = {f"{field.name}__gte" for field in console_list.opts.concrete_fields} | {"pk__regex", "pk__in", "pk"}
    for lookup in undeclared:
        assert console.get(address(console_list), {lookup: "("}).status_code == 400, lookup


@pytest.mark.parametrize("console_list", LISTS)
def test_a_broken_value_of_a_declared_filter_is_no_server_error(console: Client, console_list: Any) -> None:
    page = console.get(address(console_list))
    assert page.status_code == 200
    declared = {name for spec in page.context["cl"].filter_specs for name in spec.expected_parameters()}
    for name in declared:
        for value in ("\0", "(", "nonsense", "99999999999999999999", "0001-01-01", "9999-12-31"):
            assert console.get(address(console_list), {name: value}).status_code in (200, 302), (name, value)


@pytest.mark.parametrize("secret", ["password__gte", "password__startswith", "wrapped_key__isnull"])
def test_a_hash_of_a_password_cannot_be_read_character_by_character(console: Client, secret: str) -> None:
    assert console.get(reverse("admin:accounts_user_changelist"), {secret: "scrypt"}).status_code == 400


def test_a_declared_filter_still_filters(console: Client) -> None:
    factories.person(platform_role="support")
    rows = console.get(reverse("admin:accounts_user_changelist"), {"platform_role__exact": "support"}).context["cl"]
    assert {person.platform_role for person in rows.result_list} == {"support"}


def test_a_range_of_days_holds_its_last_day(console: Client) -> None:
    shop = factories.merchant()
    cast.buy(shop, factories.member("Alice", shop), at=cast.NOON)
    day = f"{cast.NOON.astimezone(SHANGHAI):%Y-%m-%d}"
    page = console.get(reverse("admin:points_act_changelist"), {"occurred_at_from": day, "occurred_at_to": day})
    assert [act.merchant_id for act in page.context["cl"].result_list] == [shop.pk]
