"""Many nearly equal rows in one statement."""

from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError

from accounts.models import User
from hongmi.lib import bulk_insert
from merchants.models import Membership, Merchant

pytestmark = pytest.mark.django_db


def test_rows_equal_the_template_except_in_the_varying_columns() -> None:
    wanted = [uuid4(), uuid4()]
    rows = bulk_insert.insert(User(language="en", password="!"), public_id=wanted)
    assert {public_id for _, public_id in rows} == set(wanted)
    for person_id, public_id in rows:
        person = User.objects.get(pk=person_id)
        assert (person.public_id, person.language, person.is_active) == (public_id, "en", True)
        assert person.created_at is not None


def test_a_value_that_is_too_long_is_refused_and_not_truncated() -> None:
    shop = Merchant.objects.create(code="SHOP", name="Shop", category="retail")
    ((alice, _),) = bulk_insert.insert(User(password="!"), public_id=[uuid4()])
    with pytest.raises(DataError):
        bulk_insert.insert(Membership(merchant=shop), member_id=[alice], member_ref=["A" * 65])


def test_a_violated_constraint_refuses_all_rows() -> None:
    twice = uuid4()
    with pytest.raises(IntegrityError):
        bulk_insert.insert(User(password="!"), public_id=[twice, twice])
