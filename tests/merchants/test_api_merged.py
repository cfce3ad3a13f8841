"""Alice's old id at the Stationer's till: every call says whom it was merged into, and nothing is written."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.operations import merges
from merchants.models import Membership, SpendingAct
from points.models import Wallet
from tests import factories
from tests import partner_client as tills
from tests.partner_client import PartnerClient
from tests.redemption import files, shopping

pytestmark = pytest.mark.usefixtures("committed_db")


def merge(duplicate: User, survivor: User) -> None:
    """As support does it: what the old account had joined ends too."""
    bob, charlie = factories.member("Bob"), factories.member("Charlie")
    now = shopping.present()
    order = merges.propose(duplicate=duplicate, survivor=survivor, by=bob, reason="two", moment=now)
    merges.approve(merge_id=order.pk, by=charlie, moment=now)


class Counter:
    def __init__(self) -> None:
        factories.platform()
        self.shop = factories.merchant("stationer")
        tills.publish_rule(self.shop)
        self.till, self.garage = (
            PartnerClient(self.shop),
            PartnerClient(factories.merchant("garage", category="automotive")),
        )
        self.alice, self.old = (factories.member("Alice", self.shop) for _ in "ab")
        self.bought = tills.purchase(self.old, 50_00)
        assert self.till.post("/purchases", self.bought, key="first").status_code == 201
        self.old.refresh_from_db()
        merge(self.old, self.alice)

    def leave(self, act: SpendingAct) -> str:
        return str(shopping.leave(self.shop, self.old, act, 500, at=shopping.present()).pk)


def points_of(who: User) -> int:
    return Wallet.objects.get(member=who, purse=1).balance


def test_whatever_names_the_old_id_is_told_the_new_one() -> None:
    counter = Counter()
    old, till, told = str(counter.old.public_id), counter.till, []
    told.append(till.get(f"/members/{old}/wallets"))
    told.append(till.get(f"/members/{old}/statement"))
    told.append(till.post("/purchases", tills.purchase(counter.old)))
    told.append(till.post("/purchases/preview", tills.purchase(counter.old), key=None))
    told.append(till.post("/authorisations", {"member_id": old, "act": "hold", "max_points": 5}))
    hold = {"member_id": old, "purse": "base", "points": 5, "reference": "hold-1"}
    told.append(till.post("/holds", hold | {"authorisation": counter.leave(SpendingAct.HOLD)}))
    offset = {"member_id": old, "bill_fen": 1000, "points": 5, "reference": "offset-1"}
    told.append(till.post("/offsets", offset | {"authorisation": counter.leave(SpendingAct.OFFSET)}))
    order = {
        "member_id": old,
        "reward_id": str(shopping.reward(counter.shop).pk),
        "quantity": 1,
        "reference": "order-1",
    }
    told.append(till.post("/orders", order | {"authorisation": counter.leave(SpendingAct.ORDER)}))
    logo = {"member_id": old, "file": SimpleUploadedFile("logo.png", files.encoded("PNG"))}
    told.append(till.upload("/logos", logo))
    for answer in told:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (410, "member_merged"), answer.content
        assert problem["merged_into"] == str(counter.alice.public_id)
    assert (points_of(counter.alice), points_of(counter.old)) == (50, 0)


def test_an_item_of_a_batch_says_so_and_spoils_no_other() -> None:
    counter = Counter()
    items = [tills.purchase(who) for who in (counter.old, counter.alice)]
    results = counter.till.post("/purchases/batch", {"purchases": items}).json()["results"]
    assert [(one["status"], one.get("code")) for one in results] == [("rejected", "member_merged"), ("booked", None)]


def test_the_member_is_still_shown_with_whom_they_became() -> None:
    counter = Counter()
    seen = counter.till.get(f"/members/{counter.old.public_id}")
    assert (seen.status_code, seen.json()["merged_into"]) == (200, str(counter.alice.public_id))
    assert counter.till.get(f"/members/{counter.alice.public_id}").json()["merged_into"] is None


def test_a_merchant_who_does_not_know_the_survivor_learns_nothing() -> None:
    counter = Counter()
    for path in ("", "/wallets", "/statement"):
        answer = counter.garage.get(f"/members/{counter.old.public_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
    answer = counter.garage.post("/purchases", tills.purchase(counter.old))
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_the_old_number_of_the_shop_leads_to_who_stays() -> None:
    counter = Counter()
    old, alice = factories.member("Alice", counter.shop), factories.member("Alice", counter.shop)
    for who, ref in ((old, "B-2"), (alice, "A-1")):
        Membership.objects.filter(member=who).update(member_ref=f"{ref}-{counter.shop.pk}")
    merge(old, alice)
    answer = counter.till.post("/members", {"member_ref": f"B-2-{counter.shop.pk}"})
    assert (answer.status_code, answer.json()["id"]) == (200, str(alice.public_id)), answer.content


def test_who_knew_only_the_one_who_stays_is_told_nothing_of_the_other() -> None:
    counter = Counter()
    factories.join(counter.garage.shop, counter.alice)
    for answer in (
        counter.garage.get(f"/members/{counter.old.public_id}"),
        counter.garage.post("/purchases", tills.purchase(counter.old)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_what_was_asked_before_is_answered_as_before_and_goods_go_back() -> None:
    counter = Counter()
    again = counter.till.post("/purchases", counter.bought, key="first")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    back: dict[str, Any] = {"reference": "back-1", "amount_fen": 20_00}
    answer = counter.till.post(f"/purchases/{counter.bought['reference']}/returns", back)
    assert answer.status_code == 201, answer.content
    assert points_of(counter.alice) == 30
