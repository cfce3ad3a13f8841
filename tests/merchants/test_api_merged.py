"""Alice's old id in the API: every call of the Stationer returns the survivor, and nothing is written."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.operations import merges
from merchants.models import Membership, SpendingAct
from points.models import Wallet
from tests import factories, partner_client
from tests.partner_client import PartnerClient
from tests.redemption import files, shopping

pytestmark = pytest.mark.usefixtures("committed_db")


def merge(duplicate: User, survivor: User) -> None:
    """Merge as support does, which ends the memberships of the old account too."""
    bob, charlie = factories.member("Bob"), factories.member("Charlie")
    now = shopping.present()
    order = merges.propose(duplicate=duplicate, survivor=survivor, by=bob, reason="two", moment=now)
    merges.approve(merge_id=order.pk, by=charlie, moment=now)


class Counter:
    def __init__(self) -> None:
        factories.platform()
        self.shop = factories.merchant("stationer")
        partner_client.publish_rule(self.shop)
        self.partner = PartnerClient(self.shop)
        self.garage = PartnerClient(factories.merchant("garage", category="automotive"))
        self.alice, self.old = (factories.member("Alice", self.shop) for _ in "ab")
        self.bought = partner_client.purchase(self.old, 50_00)
        assert self.partner.post("/purchases", self.bought, key="first").status_code == 201
        self.old.refresh_from_db()
        merge(self.old, self.alice)

    def authorise(self, act: SpendingAct) -> str:
        return str(shopping.authorise(self.shop, self.old, act, 500, at=shopping.present()).pk)


def points_of(member: User) -> int:
    return Wallet.objects.get(member=member, purse="base").balance


def test_every_call_with_the_old_id_gets_the_new_one() -> None:
    counter = Counter()
    old, partner, answers = str(counter.old.public_id), counter.partner, []
    answers.append(partner.get(f"/members/{old}/wallets"))
    answers.append(partner.get(f"/members/{old}/statement"))
    answers.append(partner.post("/purchases", partner_client.purchase(counter.old)))
    answers.append(partner.post("/purchases/preview", partner_client.purchase(counter.old), key=None))
    answers.append(partner.post("/authorisations", {"member_id": old, "act": "hold", "max_points": 5}))
    hold = {"member_id": old, "purse": "base", "points": 5, "reference": "hold-1"}
    answers.append(partner.post("/holds", hold | {"authorisation": counter.authorise(SpendingAct.HOLD)}))
    offset = {"member_id": old, "bill_fen": 1000, "points": 5, "reference": "offset-1"}
    answers.append(partner.post("/offsets", offset | {"authorisation": counter.authorise(SpendingAct.OFFSET)}))
    order = {
        "member_id": old,
        "reward_id": str(shopping.reward(counter.shop).pk),
        "quantity": 1,
        "reference": "order-1",
    }
    answers.append(partner.post("/orders", order | {"authorisation": counter.authorise(SpendingAct.ORDER)}))
    logo = {"member_id": old, "file": SimpleUploadedFile("logo.png", files.encoded("PNG"))}
    answers.append(partner.upload("/logos", logo))
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (410, "member_merged"), answer.content
        assert problem["merged_into"] == str(counter.alice.public_id)
    assert (points_of(counter.alice), points_of(counter.old)) == (50, 0)


def test_an_item_of_a_batch_is_rejected_and_the_others_are_booked() -> None:
    counter = Counter()
    items = [partner_client.purchase(member) for member in (counter.old, counter.alice)]
    results = counter.partner.post("/purchases/batch", {"purchases": items}).json()["results"]
    assert [(one["status"], one.get("code")) for one in results] == [("rejected", "member_merged"), ("booked", None)]


def test_the_merged_member_is_still_shown_with_the_survivor() -> None:
    counter = Counter()
    seen = counter.partner.get(f"/members/{counter.old.public_id}")
    assert (seen.status_code, seen.json()["merged_into"]) == (200, str(counter.alice.public_id))
    assert counter.partner.get(f"/members/{counter.alice.public_id}").json()["merged_into"] is None


def test_a_merchant_without_the_survivor_learns_nothing() -> None:
    counter = Counter()
    for path in ("", "/wallets", "/statement"):
        answer = counter.garage.get(f"/members/{counter.old.public_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
    answer = counter.garage.post("/purchases", partner_client.purchase(counter.old))
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_the_shops_old_number_leads_to_the_survivor() -> None:
    counter = Counter()
    old, alice = factories.member("Alice", counter.shop), factories.member("Alice", counter.shop)
    for member, ref in ((old, "B-2"), (alice, "A-1")):
        Membership.objects.filter(member=member).update(member_ref=f"{ref}-{counter.shop.pk}")
    merge(old, alice)
    answer = counter.partner.post("/members", {"member_ref": f"B-2-{counter.shop.pk}"})
    assert (answer.status_code, answer.json()["id"]) == (200, str(alice.public_id)), answer.content


def test_a_merchant_of_the_survivor_alone_learns_nothing_of_the_other() -> None:
    counter = Counter()
    factories.join(counter.garage.shop, counter.alice)
    for answer in (
        counter.garage.get(f"/members/{counter.old.public_id}"),
        counter.garage.post("/purchases", partner_client.purchase(counter.old)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_repeated_requests_get_their_first_answers_and_returns_still_work() -> None:
    counter = Counter()
    again = counter.partner.post("/purchases", counter.bought, key="first")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    back: dict[str, Any] = {"reference": "back-1", "amount_fen": 20_00}
    answer = counter.partner.post(f"/purchases/{counter.bought['reference']}/returns", back)
    assert answer.status_code == 201, answer.content
    assert points_of(counter.alice) == 30
