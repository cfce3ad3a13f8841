"""Two clients of one merchant at the same moment, by the API: the loser's answer is promised too."""

import uuid
from functools import partial
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from hongmi.lib import retry
from points.models import Wallet
from points.operations import authorised_holds
from points.types import Booking, Purse
from tests import factories
from tests.concurrency.racing import KEY_TWICE, REFERENCE_TWICE, codes, meet, stoppable, together
from tests.merchants import counter
from tests.partner_client import PartnerClient


@pytest.mark.parametrize(("same", "code"), [("key", "key_reused"), ("reference", "reference_conflict")])
def test_of_two_holds_under_one_key_or_reference_one_is_refused(
    own_db: str, owner_cursor: psycopg.Cursor, same: str, code: str
) -> None:
    shop = factories.merchant("stationer")
    partner = PartnerClient(shop)
    people = [counter.rich_member(shop) for _ in range(2)]
    authorisations = [counter.authorisation_by_code(partner, person, 10) for person in people]
    meet(owner_cursor, before="INSERT ON points_act")
    holds = (
        partial(counter.hold, partner, person, 10, authorisation)
        for person, authorisation in zip(people, authorisations, strict=True)
    )
    answers = together(*(partial(hold, **{same: "once"}) for hold in holds))
    assert sum(Wallet.objects.filter(member__in=people).values_list("held", flat=True)) == 10
    assert sorted((answer.status_code, answer.json().get("code")) for answer in answers) == [(201, None), (422, code)]


@pytest.mark.parametrize(("same", "law"), [("key", KEY_TWICE), ("reference", REFERENCE_TWICE)])
def test_control_without_a_retry_the_loser_meets_the_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, same: str, law: str
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant("stationer")
    partner = PartnerClient(shop)
    people = [counter.rich_member(shop) for _ in range(2)]
    authorisations = [uuid.UUID(counter.authorisation_by_code(partner, person, 10)) for person in people]
    meet(owner_cursor, before="INSERT ON points_act")

    def hold(number: int) -> Booking:
        request: dict[str, Any] = {"key": f"key {number}", "reference": f"reference {number}"} | {same: "once"}
        return authorised_holds.hold(
            merchant_id=shop.pk, member=people[number].public_id, purse=Purse.BASE, points=10,
            authorisation=authorisations[number], moment=timezone.now(), **request,
        )  # fmt: skip

    answers = together(*(stoppable(partial(hold, number)) for number in range(2)))
    assert codes(answers) == sorted(["booked", law])
