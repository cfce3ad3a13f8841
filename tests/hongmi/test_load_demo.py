"""`manage.py load_demo`: the demo is complete and adds up, and a second start changes nothing."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.test import override_settings

from accounts import phones
from accounts import queries as people
from accounts.models import ConsentPurpose, PlatformRole, User
from accounts.operations import cards
from accounts.operations.sign_in import Visitor
from hongmi import demo_banner
from hongmi.lib.shanghai import SHANGHAI
from hongmi.seed import credentials, personas, shop_list
from merchants.models import Membership, Merchant, MerchantStatus, PartnerCredential, StaffRole
from points import queries
from points.models import Act, Journal, Lot, Wallet
from points.operations import purchases
from points.types import ActKind, Booking, LotKind, Purse
from redemption.models import (
    Offer,
    Offset,
    Order,
    OrderStatus,
    OrderStep,
    PriceRise,
    Refund,
    Voucher,
    VoucherStatus,
    VoucherStep,
)
from redemption.operations import orders
from tests import environment as environments

NOW = datetime.now(tz=UTC)


@pytest.fixture(scope="module")
def loaded(
    environment: environments.Environment, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A database with the demo in it, and its state directory, for the tests that only read."""
    name, state = f"hongmi_test_{environment.session}_{environment.worker}_demo", tmp_path_factory.mktemp("state")
    environment.clone(name)
    with django_db_blocker.unblock(), environments.rerouted(environment, name), override_settings(STATE_DIR=state):
        load()
    yield name, state
    environment.drop(name)


@pytest.fixture
def demo(loaded: tuple[str, Path], environment: environments.Environment, django_db_blocker: Any) -> Iterator[Path]:
    name, state = loaded
    with django_db_blocker.unblock(), environments.rerouted(environment, name), override_settings(STATE_DIR=state):
        yield state


@pytest.fixture
def state(own_db: str, settings: Any, tmp_path: Path) -> Path:
    """An empty database, and its state directory, for the tests that load the demo themselves."""
    settings.STATE_DIR = tmp_path
    return tmp_path


def load(*, without_cdnow: bool = True) -> str:
    output = StringIO()
    call_command("load_demo", without_cdnow=without_cdnow, stdout=output)
    return output.getvalue()


def demo_file(state: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((state / "demo.json").read_text())
    return facts


def wallet(sign_in: str, purse: Purse = Purse.BASE) -> queries.WalletView:
    member = User.objects.get(username=sign_in)
    return next(view for view in queries.wallets(member_id=member.pk, moment=NOW) if view.purse == purse)


def test_the_demo_has_a_year_with_every_kind_of_act(demo: Path) -> None:
    kinds = set(Act.objects.values_list("kind", flat=True))
    assert kinds == set(ActKind.values) - {ActKind.MERGE}
    first, last = (Act.objects.order_by(order)[0].occurred_at for order in ("occurred_at", "-occurred_at"))
    assert last - first > timedelta(days=1000)
    assert last <= datetime.now(tz=UTC)


def test_its_wallets_equal_their_lots(demo: Path) -> None:
    by_lots = Lot.objects.values("member_id", "purse").annotate(points=Sum("remaining"))
    by_wallet = Wallet.objects.filter(balance__gt=0).values("member_id", "purse").annotate(points=F("balance"))
    assert sorted(map(str, by_lots.filter(points__gt=0))) == sorted(map(str, by_wallet))


def test_its_members_have_held_owed_earmarked_and_expiring_points(demo: Path) -> None:
    assert wallet("chen.siyuan").held == 500
    assert wallet("qian.guohua").owed > 0
    assert wallet("zheng.hao").earmarked > 0
    cakes = Lot.objects.filter(member__username="sun.yue", earmark="pet-birthday-cake")
    assert set(cakes.values_list("granted", flat=True)) == {88}
    assert {view.expires_at > NOW for view in wallet("sun.yue").expiring} == {True}
    assert wallet("zhang.li").balance > 5000
    given = Act.objects.filter(kind=ActKind.TRANSFER).order_by("occurred_at")
    moved = [sorted(line.points for line in act.journal.all()) for act in given]
    assert moved == [[-100, 100], [-20, 20]]


def test_its_orders_and_vouchers_are_in_every_lasting_state(demo: Path) -> None:
    # An order leaves PLACED within its transaction; its first step records it.
    orders = set(Order.objects.values_list("status", flat=True))
    assert orders == set(OrderStatus.values) - {OrderStatus.PLACED}
    assert OrderStep.objects.filter(to_status=OrderStatus.PLACED).count() == Order.objects.count()
    assert set(Voucher.objects.values_list("status", flat=True)) == set(VoucherStatus.values)
    assert Voucher.objects.filter(status=VoucherStatus.ISSUED, expires_at__lt=NOW).exists()
    assert VoucherStep.objects.filter(to_status=VoucherStatus.ISSUED).count() == 1


def test_its_refunds_are_those_of_the_brief(demo: Path) -> None:
    offset = Offset.objects.get()
    assert (offset.bill_fen, offset.points, offset.offset_fen) == (80_000, 2_000, 10_000)
    assert (offset.refunded_points, offset.refunded_fen) == (1_000, 35_000)
    flight = Refund.objects.get(points=12_000)
    assert flight.order.status == OrderStatus.REFUNDED
    assert Lot.objects.filter(kind=LotKind.COMPENSATION, granted=1_200, issuer=flight.order.merchant_id).exists()
    pen = Refund.objects.get(order__reward__sku="PEN")
    assert (pen.points, pen.cash_fen, pen.cash_status) == (600, 1_990, "done")


def test_a_price_is_about_to_rise_and_two_members_have_offers_of_their_own(demo: Path) -> None:
    rise = PriceRise.objects.get()
    assert (rise.reward.sku, rise.points, rise.price) == ("GUIDE", 700, None)
    open_ = Offer.objects.filter(used_by_order_id=None, opens_at__lte=NOW, closes_at__gt=NOW)
    assert {offer.member.username for offer in open_} == {"zhao.min", "qian.guohua"}
    assert Offer.objects.exclude(used_by_order_id=None).get().member.username == "wu.qian"


def test_orders_of_a_redemption_day_are_on_that_day(demo: Path) -> None:
    limited = Order.objects.filter(reward__redemption_day__isnull=False).select_related("reward")
    assert {order.placed_at.astimezone(SHANGHAI).day for order in limited} == {8, 15}


def test_its_members_and_the_shops_regulars_buy_all_year(demo: Path) -> None:
    purchases = Act.objects.filter(kind=ActKind.PURCHASE)
    for one in personas.MEMBERS:
        assert purchases.filter(journal__member__username=one.sign_in).count() >= 4
    assert purchases.filter(journal__member__memberships__member_ref__isnull=False).count() > 500
    months = {at.astimezone(SHANGHAI).strftime("%Y-%m") for at in purchases.values_list("occurred_at", flat=True)}
    assert len(months) > 12


def test_a_merchant_is_in_each_state_by_the_steps_of_its_life(demo: Path) -> None:
    assert set(Merchant.objects.values_list("status", flat=True)) == set(MerchantStatus.values)
    closed = Merchant.objects.get(code="VIDEOS")
    steps = list(closed.steps.order_by("pk").values_list("to_status", flat=True))
    assert steps == ["applied", "licensed", "contracted", "live", "exiting", "closed"]


def test_each_start_places_an_unpaid_order(demo: Path) -> None:
    (waiting,) = Order.objects.filter(status=OrderStatus.AWAITING_CASH)
    assert waiting.pay_before is not None
    orders.cancel_unpaid(moment=waiting.pay_before)
    load()
    (anew,) = Order.objects.filter(status=OrderStatus.AWAITING_CASH)
    assert anew.pk != waiting.pk


def test_a_second_start_changes_no_acts_and_sign_ins(demo: Path) -> None:
    before = (Act.objects.count(), User.objects.count(), Membership.objects.count(), demo_file(demo))
    assert "晨光里文具" in load()
    assert (Act.objects.count(), User.objects.count(), Membership.objects.count(), demo_file(demo)) == before


def test_its_ledger_can_be_sealed_and_passes_the_audit(demo: Path) -> None:
    call_command("seal")
    call_command("audit_ledger")


def test_the_purchases_of_1997_and_98_are_imported_once_and_to_the_last_point(
    loaded: tuple[str, Path], environment: environments.Environment, django_db_blocker: Any, tmp_path: Path
) -> None:
    """CDNOW's figures are the file's own, computed by a few lines of another program."""
    name, state = loaded
    # In a copy, because 69,659 more acts would slow down the other tests of this module.
    copy = f"{name}_cdnow"
    shutil.copytree(state, tmp_path / "state")
    environment.clone(copy, of=name)
    with (
        django_db_blocker.unblock(),
        environments.rerouted(environment, copy),
        override_settings(STATE_DIR=tmp_path / "state"),
    ):
        shop = Merchant.objects.get(code=shop_list.CDNOW)
        acts, journal = Act.objects.filter(merchant=shop), Journal.objects.filter(merchant=shop)
        assert not acts.exists()
        for output in (load(without_cdnow=False), load(without_cdnow=False)):
            assert re.search(r"CDNOW 唱片 +23,570 +69,659 +2,453,159 +0\n", output)
            assert acts.filter(kind=ActKind.PURCHASE).count() == acts.count() == 69_659
            assert Membership.objects.filter(merchant=shop).count() == 23_570
            assert journal.aggregate(Sum("points")) == {"points__sum": 2_453_159}
            assert acts.filter(amount_fen=0, journal__points=0, postings=None).count() == 80
            assert journal.filter(points=0).count() == 80
            wallets = Wallet.objects.filter(member__memberships__merchant=shop, purse=Purse.BASE)
            assert wallets.aggregate(Sum("balance")) == {"balance__sum": 2_453_159}
    environment.drop(copy)


def test_an_interrupted_load_is_completed_by_the_next(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    record = purchases.record

    def fail_after_60(**arguments: Any) -> Booking:
        nonlocal calls
        calls += 1
        if calls > 60:
            raise ConnectionError
        return record(**arguments)

    monkeypatch.setattr(purchases, "record", fail_after_60)
    with pytest.raises(ConnectionError):
        load()
    monkeypatch.undo()
    load()
    assert (
        Act.objects.filter(kind=ActKind.PURCHASE).count()
        == Act.objects.filter(kind=ActKind.PURCHASE).values("reference").distinct().count()
    )
    assert wallet("zhou.jianguo").balance == 8478


def test_a_member_who_left_does_not_stop_the_next_start(state: Path) -> None:
    load()
    Membership.objects.filter(member__username="lin.xiaoyu").update(left_at=NOW)
    load()
    assert not Membership.objects.filter(member__username="lin.xiaoyu", left_at=None).exists()


def test_everybody_in_the_file_can_sign_in_and_every_role_exists(demo: Path) -> None:
    for person in demo_file(demo)["people"]:
        assert User.objects.get(username=person["sign_in"]).check_password(person["password"])
    roles = {one.role for one in personas.STAFF}
    assert roles == {*StaffRole, *PlatformRole} - {PlatformRole.NONE}
    assert (demo / "demo.json").stat().st_mode & 0o777 == 0o600
    assert (demo / "demo_passwords.json").stat().st_mode & 0o777 == 0o600


def test_members_have_a_phone_number_or_a_card_with_its_pin(demo: Path) -> None:
    by_name = {person["sign_in"]: person for person in demo_file(demo)["people"]}
    members = [by_name[one.sign_in] for one in personas.MEMBERS]
    for person in members:
        if "phone" in person:
            assert people.person_by_phone(phones.normal_form(person["phone"])) is not None
    (without,) = (person for person in members if "phone" not in person)
    visitor = Visitor("203.0.113.1")
    opened = cards.sign_in(number=without["card"], pin=without["pin"], visitor=visitor)
    assert opened.username == without["sign_in"]


def test_its_people_agreed_have_pets_and_a_family_with_a_head(demo: Path) -> None:
    members = [User.objects.get(username=one.sign_in) for one in personas.MEMBERS]
    assert all(people.has_consented(person, ConsentPurpose.PROGRAMME) for person in members)
    assert {pet.name for pet in people.pets_of(User.objects.get(username="sun.yue"))} == {"豆豆", "米粒"}
    place = people.family_of(User.objects.get(username="li.wei"))
    assert place is not None
    assert sorted(one.role for one in people.places_of(place.family)) == ["adult", "child", "head"]


def test_every_shop_has_a_partner_and_the_first_member_joined_the_first_shop(demo: Path) -> None:
    facts = demo_file(demo)
    assert {partner["merchant"] for partner in facts["partners"]} == {
        demo.code for demo in shop_list.MERCHANTS if demo.code != shop_list.PLATFORM and demo.life == shop_list.LIVE
    }
    clients = set(PartnerCredential.objects.values_list("client_id", flat=True))
    assert clients == {partner["client_id"] for partner in facts["partners"]}
    stationer = Merchant.objects.get(code=facts["partners"][0]["merchant"])
    assert stationer.memberships.filter(member__public_id=facts["members"][0]["id"]).exists()


def test_loading_keeps_the_address_in_the_file(demo: Path) -> None:
    credentials.write_demo_file(demo / "demo.json", demo_file(demo) | {"base_url": "http://127.0.0.1:1"})
    load()
    assert demo_file(demo)["base_url"] == "http://127.0.0.1:1"


def test_the_banner_prints_every_sign_in_and_the_file_has_the_documented_fields(demo: Path, tmp_path: Path) -> None:
    shutil.copy(demo / "demo.json", tmp_path)
    text = demo_banner.write(tmp_path / "demo.json", "http://127.0.0.1:1", tmp_path)
    facts = json.loads((tmp_path / "demo.json").read_text())
    assert set(facts) == {"base_url", "partners", "people", "members"}
    assert {key for partner in facts["partners"] for key in partner} == {"merchant", "client_id", "client_secret"}
    assert all({"role", "sign_in", "password"} <= set(person) for person in facts["people"])
    assert [set(member) for member in facts["members"]] == [{"id"}] * len(personas.MEMBERS)
    for person in facts["people"]:
        assert person["sign_in"] in text
        assert person["password"] in text


def test_no_reference_contains_a_sign_in_name(demo: Path) -> None:
    references = [*Act.objects.values_list("reference", flat=True), *Order.objects.values_list("reference", flat=True)]
    assert not [reference for reference in references if any(one.sign_in in reference for one in personas.MEMBERS)]


def test_production_refuses_the_demo(state: Path, settings: Any) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError):
        load()
    assert not User.objects.exists()
