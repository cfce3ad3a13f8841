"""Row-level security with executemany and transactions."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from hongmi.lib import rls
from merchants.models import Membership, Merchant, Staff
from tests import factories

pytestmark = pytest.mark.usefixtures("committed_db")
CLOSE = "UPDATE merchants_staff SET is_active = false WHERE merchant_id = %s"


@pytest.fixture
def shops() -> tuple[Merchant, Merchant]:
    stationer, garage = factories.merchant("stationer"), factories.merchant("garage")
    for shop in (stationer, garage):
        factories.staff(shop, factories.member("Alice", shop), "cashier")
    return stationer, garage


def executemany_as(shop: Merchant, sql: str, rows: list[list[int]]) -> None:
    """`executemany` as a request of this shop's staff sends it."""
    token = rls._merchants.set(frozenset([shop.pk]))
    try:
        with connection.execute_wrapper(rls.scoped_execute), connection.cursor() as cursor:
            cursor.executemany(sql, rows)
    finally:
        rls._merchants.reset(token)


def active(shop: Merchant) -> int:
    return Staff.objects.filter(merchant=shop, is_active=True).count()


def test_executemany_changes_only_rows_of_the_own_shop(shops: tuple[Merchant, Merchant]) -> None:
    stationer, garage = shops
    executemany_as(stationer, CLOSE, [[stationer.pk], [garage.pk]])
    assert (active(stationer), active(garage)) == (0, 1)


def test_control_without_row_level_security_it_changes_both(shops: tuple[Merchant, Merchant]) -> None:
    stationer, garage = shops
    with connection.cursor() as cursor:
        cursor.executemany(CLOSE, [[stationer.pk], [garage.pk]])
    assert (active(stationer), active(garage)) == (0, 0)


def test_executemany_inserts_no_rows_of_another_shop(shops: tuple[Merchant, Merchant]) -> None:
    stationer, garage = shops
    member = factories.person()
    join = "INSERT INTO merchants_membership (merchant_id, member_id, joined_by) VALUES (%s, %s, 'code')"
    with pytest.raises(ProgrammingError, match="row-level security"):
        executemany_as(stationer, join, [[stationer.pk, member.pk], [garage.pk, member.pk]])
    assert not Membership.objects.filter(member=member).exists()


def test_executemany_leaves_no_setting_on_the_connection(shops: tuple[Merchant, Merchant]) -> None:
    stationer, garage = shops
    executemany_as(stationer, CLOSE, [[stationer.pk]])
    assert active(garage) == 1
    assert not connection.in_atomic_block


def test_it_joins_an_open_transaction_and_leaves_it_open(shops: tuple[Merchant, Merchant]) -> None:
    stationer, garage = shops
    with transaction.atomic():
        executemany_as(stationer, CLOSE, [[stationer.pk], [garage.pk]])
        transaction.set_rollback(True)
    assert (active(stationer), active(garage)) == (1, 1)
