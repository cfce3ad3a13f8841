"""Export, erasure and retention of personal data in redemption."""

import base64
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts import data_subjects
from accounts.models import User
from accounts.operations import privacy
from hongmi.lib import field_crypto
from redemption import personal_data, voucher_codes
from redemption.errors import LogoNotFound
from redemption.models import Logo, Offer, Order, Reward
from redemption.operations import addresses, fulfilment, logos, offers, offsets, orders, refunds, vouchers
from redemption.operations.vouchers import Counter
from tests import factories
from tests.accounts.conftest import browser, signed_in, some_number
from tests.points import cast
from tests.redemption import files, shopping
from tests.redemption.shopping import DAY, NOON

pytestmark = pytest.mark.django_db
HOME = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}
LATER = timedelta(days=16)


def alice_and_bob() -> tuple[Reward, User, User]:
    stationer = shopping.shop(takes_cash=True)
    return (
        shopping.reward(stationer, 100, title="笔记本套装"),
        shopping.buyer("Alice", stationer, points=1000),
        shopping.buyer("Bob", stationer, points=1000),
    )


def export_of(who: User) -> dict[str, Any]:
    archive = zipfile.ZipFile(io.BytesIO(data_subjects.export_everything(who, NOON)))
    data: dict[str, Any] = json.loads(archive.read("data.json"))
    return data


def close(who: User) -> None:
    privacy.request_closure(person=who, moment=NOON)
    assert privacy.erase_due(moment=NOON + LATER) == 1


def test_the_export_holds_alices_orders_vouchers_addresses_payments_and_bills_and_nothing_of_bob() -> None:
    notebooks, alice, bob = alice_and_bob()
    sent = shopping.placed(notebooks, alice, address=HOME, details={"note": "请按门铃"})
    picked_up = shopping.placed(notebooks, alice)
    ballpoint = shopping.reward(notebooks.merchant, 300, cash_fen=990, face_value_fen=2490)
    paid = shopping.placed(ballpoint, alice)
    shopping.pay(paid)
    refunds.refund(
        order_id=paid.pk, merchant_id=ballpoint.merchant_id, points_back=30, cash_fen=99, reference="r", reason="退",
        moment=NOON,
    )  # fmt: skip
    offsets.accept(
        merchant_id=ballpoint.merchant_id, member=alice.public_id, bill_fen=1000, points_spent=100, reference="bill-1",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip
    bobs = shopping.placed(notebooks, bob, address=HOME | {"name": "Bob"})

    data = export_of(alice)
    assert [row["id"] for row in data["orders"]] == [paid.pk, picked_up.pk, sent.pk]
    assert data["orders"][2]["address"] == HOME
    assert data["orders"][2]["options"] == {"note": "请按门铃"}
    assert data["orders"][1]["reward"] == "笔记本套装"
    assert [row["to"] for row in data["order_steps"] if row["order"] == sent.pk] == ["placed", "confirmed"]
    code = vouchers.code_of(picked_up.vouchers.get())
    assert voucher_codes.grouped(code) in [row["code"] for row in data["vouchers"]]
    assert (data["payments"][0]["received_fen"], data["payments"][0]["status"]) == (990, "paid")
    assert (data["refunds"][0]["points"], data["refunds"][0]["cash_fen"]) == (30, 99)
    assert (data["offsets"][0]["reference"], data["offsets"][0]["points"]) == ("bill-1", 100)
    assert bobs.reference not in json.dumps(data)
    assert "Bob" not in json.dumps(data)


def test_closing_erases_addresses_and_options_and_keeps_orders() -> None:
    notebooks, alice, bob = alice_and_bob()
    sent = shopping.placed(notebooks, alice, address=HOME, details={"note": "爱丽丝收"})
    fulfilment.ship(
        order_id=sent.pk, merchant_id=notebooks.merchant_id, carrier="顺丰", tracking_number="SF1", moment=NOON,
        actor_id=None,
    )  # fmt: skip
    offers.make(
        member_id=alice.pk, reward_id=notebooks.pk, points=90, cash_fen=0, face_value_fen=500, opens_at=NOON,
        closes_at=NOON + DAY, criterion="三个月未光临",
    )  # fmt: skip
    bobs = shopping.placed(notebooks, bob, address=HOME)
    close(alice)

    kept = shopping.now(sent)
    assert (kept.address_cipher, kept.options, kept.tracking_number) == (None, {}, "")
    assert addresses.address_of(kept) is None
    assert (kept.points, kept.status, kept.capture_id) == (sent.points, "fulfilled", sent.capture_id)
    assert shopping.taken(kept) == ["placed", "confirmed", "fulfilled"]
    assert not Offer.objects.filter(member=alice).exists()
    assert addresses.address_of(shopping.now(bobs)) == HOME


def test_a_copy_of_an_address_from_before_opens_nothing_any_more() -> None:
    notebooks, alice, _ = alice_and_bob()
    sent = shopping.placed(notebooks, alice, address=HOME)
    backup = bytes(shopping.now(sent).address_cipher or b"")
    close(alice)
    Order.objects.filter(pk=sent.pk).update(address_cipher=backup)
    with pytest.raises(field_crypto.CannotOpen):
        addresses.address_of(shopping.now(sent))


def test_the_page_before_closing_names_the_vouchers_that_were_not_used() -> None:
    phone = some_number()
    device = signed_in(browser(), phone)
    alice = User.objects.with_phone(phone).get()
    stationer = shopping.shop(name="文具店")
    factories.join(stationer, alice)
    cast.buy(stationer, alice, cast.award(200), at=timezone.now())
    shopping.placed(shopping.reward(stationer, 100, title="高级钢笔"), alice, quantity=2, at=timezone.now())
    page = device.get("/me/close").content.decode()
    assert "2 张券：高级钢笔 · 文具店" in page
    # As a word, because a token or a number of the page may hold the digits.
    assert re.search(r"\b200\b", page) is None


def test_a_used_or_expired_voucher_is_nothing_to_lose() -> None:
    notebooks, alice, _ = alice_and_bob()
    ticket = shopping.reward(notebooks.merchant, 10, title="保养", kind="service", details={"valid_days": 30})
    shopping.placed(ticket, alice)
    used = shopping.placed(notebooks, alice)
    assert [(one.count, one.kind) for one in personal_data.unspent(alice, NOON)] == [(1, "voucher"), (1, "voucher")]
    vouchers.accept(
        counter=Counter(notebooks.merchant_id), code=vouchers.code_of(used.vouchers.get()),
        store_id=factories.store(notebooks.merchant).pk, key=None, moment=NOON,
    )  # fmt: skip
    assert len(personal_data.unspent(alice, NOON + 29 * DAY)) == 1
    assert personal_data.unspent(alice, NOON + 31 * DAY) == []


def test_support_finds_alice_by_her_order_her_bill_her_payment_or_her_voucher() -> None:
    notebooks, alice, _ = alice_and_bob()
    done = shopping.placed(notebooks, alice, reference="partner-7-0042")
    ballpoint = shopping.reward(notebooks.merchant, 300, cash_fen=990, face_value_fen=2490)
    waiting = shopping.placed(ballpoint, alice)
    code = vouchers.code_of(done.vouchers.get())
    typed = ["partner-7-0042", str(done.pk), waiting.payments.get().number, code, voucher_codes.grouped(code).lower()]
    for one in typed:
        assert personal_data.found_by(one) == {alice.pk}, one
    assert personal_data.found_by("nothing-like-it") == set()


def test_the_timeline_has_each_step_with_its_merchant_and_no_name() -> None:
    notebooks, alice, _ = alice_and_bob()
    done = shopping.placed(notebooks, alice, address=HOME)
    orders.cancel(order_id=done.pk, reason="不要了", moment=NOON + DAY)
    with translation.override("en"):
        events = personal_data.timeline(alice)
    assert [event.what for event in events] == ["order · refunded", "order · confirmed", "order · placed"]
    assert events[0].about == f"笔记本套装 · stationer · {done.reference} · 不要了"
    assert "爱丽丝" not in str(events)


def test_a_member_with_a_recent_order_or_a_usable_voucher_is_needed() -> None:
    notebooks, alice, bob = alice_and_bob()
    shopping.placed(notebooks, alice)
    people = [alice.pk, bob.pk]
    assert personal_data.needed(people, NOON - DAY) == {alice.pk}
    # Years later: the voucher has no end.
    assert personal_data.needed(people, NOON + 1000 * DAY) == {alice.pk}
    orders.cancel(order_id=Order.objects.get(member=alice).pk, reason="不要了", moment=NOON)
    assert personal_data.needed(people, NOON + 1000 * DAY) == set()


def test_a_logo_is_taken_along_and_opens_no_more_once_its_member_is_gone() -> None:
    notebooks, alice, _ = alice_and_bob()
    printed = shopping.reward(
        notebooks.merchant, 100, kind="customised", goods_category="stationery/printed",
        details={"pieces": 100, "needs_logo": True},
    )  # fmt: skip
    borne, unused = (
        logos.store(
            merchant_id=notebooks.merchant_id, member=alice.public_id, upload=files.encoded(size=size), key=None,
            moment=NOON,
        ).logo
        for size in ((120, 60), (60, 60))
    )  # fmt: skip
    shopping.placed(printed, alice, logo=borne.public_id)
    data = export_of(alice)["logos"]
    assert [(row["width"], row["height"]) for row in data] == [(120, 60), (60, 60)]
    assert base64.b64decode(data[0]["picture"]) == logos.image_of(borne)
    close(alice)
    assert not Logo.objects.filter(pk=unused.pk).exists()
    with pytest.raises(LogoNotFound):
        logos.image_of(Logo.objects.get(pk=borne.pk))
