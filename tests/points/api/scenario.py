"""Existing objects for generated API requests: the Stationer's shop, with Alice as its member.

Each method is named like its call (`operationId`). A generated request names nothing that exists and gets a 404; with
the names from here it can succeed.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone
from schemathesis.transport.serialization import Binary

from accounts.models import User
from merchants import authorisations
from merchants.models import SpendingAct
from points.models import TreeHead
from redemption.models import Order, OrderReturn, Reward
from redemption.operations import catalogue, fulfilment, logos, offsets, returns, vouchers
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient, purchase
from tests.points import cast
from tests.points.transparency import sealing
from tests.redemption import files, shopping

HOUR = timedelta(hours=1)
BOUGHT_AT, RETURNED_AT = "2026-11-11T20:00:00+08:00", "2026-11-12T20:00:00+08:00"
# The most that an authorisation allows, and enough for every generated spend.
MOST_POINTS, PLENTY_POINTS = 1_000_000_000, 10**13
HOME = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}
COUPON = {"coupon": {"kind": "fixed", "off_fen": 100}, "valid_days": 30}
PIECES = {"pieces": 100, "needs_logo": True}


@dataclass(frozen=True, slots=True)
class Named:
    """Existing names that replace the generated ones, by their place in the request."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


class Scenario:
    """One shop for all requests of one call. Objects that a success uses up are made anew, see `note`."""

    def __init__(self) -> None:
        self.shop = shopping.shop(takes_cash=True)
        partner_client.publish_rule(self.shop)
        self.partner = PartnerClient(self.shop)
        self.store = factories.store(self.shop)
        self.alice = shopping.buyer("Alice", self.shop)
        cast.buy(self.shop, self.alice, cast.award(PLENTY_POINTS), cast.green(PLENTY_POINTS), at=cast.NOON - cast.DAY)
        self._lasting: dict[str, Any] = {}
        self._unspent: dict[str, Any] = {}
        self.tried: set[str] = set()
        self.succeeded: set[str] = set()

    def named(self, operation_id: str, generated: Any) -> Named:
        """Existing names for this call; `generated` is its body, so that an amount can fit its lines."""
        found: Named = getattr(self, operation_id)(generated if isinstance(generated, dict) else {})
        return found

    def note(self, call: str, *, succeeded: bool) -> None:
        """Record the outcome. A success may use up the objects it named, so the next request gets fresh ones."""
        self.tried.add(call)
        if succeeded:
            self.succeeded.add(call)
            self._unspent.clear()

    # Members and their authorisations

    def register_member(self, generated: dict[str, Any]) -> Named:
        fresh = {"member_ref": uuid.uuid4().hex, "phone": counter.a_phone(), "birthday": "1990-05-17"}
        return Named(body={**fresh, "referrer": self._member_id(self.alice)})

    def member(self, generated: dict[str, Any]) -> Named:
        return Named(path={"member_id": self._member_id(self.alice)})

    def resolve_member_code(self, generated: dict[str, Any]) -> Named:
        return Named(body={"code": counter.shown(self.alice, spend=MOST_POINTS)})

    def request_authorisation(self, generated: dict[str, Any]) -> Named:
        return Named(body={"member_id": self._member_id(self._fresh("reachable", self._reachable))})

    def confirm_authorisation(self, generated: dict[str, Any]) -> Named:
        authorisation_id, code = self._fresh("requested", self._requested)
        return Named(path={"authorisation_id": authorisation_id}, body={"code": code})

    # The ledger

    def wallets(self, generated: dict[str, Any]) -> Named:
        self._once("sealed", self._sealed)
        known_at = TreeHead.objects.latest("id").horizon_at.isoformat()
        return Named(path={"member_id": self._member_id(self.alice)}, query={"as_of": BOUGHT_AT, "known_at": known_at})

    def statement(self, generated: dict[str, Any]) -> Named:
        path = {"member_id": self._member_id(self.alice)}
        self._once("two_acts", lambda: [self._bought() for _ in range(2)])
        page = {"limit": "1", "cursor": self._cursor(f"/members/{path['member_id']}/statement")}
        return Named(path=path, query={"from": "2026-01-01T00:00:00Z", "to": _in_an_hour(), **page})

    def book_purchase(self, generated: dict[str, Any]) -> Named:
        return Named(body=self._purchase(generated))

    preview_purchase = book_purchase

    def book_purchases(self, generated: dict[str, Any]) -> Named:
        items = [one if isinstance(one, dict) else {} for one in generated.get("purchases") or ()]
        return Named(body={"purchases": [replaced(one, self._purchase(one)) for one in items]})

    def book_return(self, generated: dict[str, Any]) -> Named:
        amount_fen = 100 if "lines" in generated else generated.get("amount_fen", 1)
        body = {
            "reference": uuid.uuid4().hex,
            "amount_fen": amount_fen,
            "lines": [{"sku": "RULER", "quantity": 1, "amount_fen": amount_fen}],
            "occurred_at": RETURNED_AT,
        }
        return Named(path={"reference": self._fresh("bought", self._bought)}, body=body)

    def hold(self, generated: dict[str, Any]) -> Named:
        return Named(body={**self._spend(SpendingAct.HOLD), "expires_at": _in_an_hour()})

    def capture(self, generated: dict[str, Any]) -> Named:
        return Named(path={"hold_id": self._fresh("held", self._held)})

    release = capture

    def receipt(self, generated: dict[str, Any]) -> Named:
        act_id = self._once("sealed", self._sealed)
        return Named(path={"act_id": act_id}, query={"since": str(TreeHead.objects.latest("id").tree_size)})

    # Rewards and orders

    def rewards(self, generated: dict[str, Any]) -> Named:
        self._once("two_rewards", lambda: [shopping.reward(self.shop, points) for points in (500, 600)])
        return Named(query={"merchant": self.shop.code, "limit": "1", "cursor": self._cursor("/rewards")})

    def reward(self, generated: dict[str, Any]) -> Named:
        return Named(path={"reward_id": str(self._once("goods", self._goods).pk)})

    reward_prices = reward

    def place_order(self, generated: dict[str, Any]) -> Named:
        options = dict(generated.get("options") or {})
        reward: Reward = self._once("goods", self._goods)
        real: dict[str, Any] = {"address": HOME}
        if "slot_id" in options:
            # A service at a time bears no logo.
            options.pop("logo", None)
            reward, real["slot_id"] = self._once("service", self._service)
            real["with_cash"] = False
        elif "logo" in options:
            reward, real["logo"] = self._once("printed", self._printed), self._once("logo", self._logo)
            real["with_cash"] = False
        elif options.get("with_cash"):
            reward = self._once("dear", self._dear)
        spend = {**self._spend(SpendingAct.ORDER), "reward_id": str(reward.pk)}
        return Named(body={**spend, "options": replaced(options, real)})

    def order(self, generated: dict[str, Any]) -> Named:
        return Named(path={"order_id": str(self._fresh("ordered", self._ordered).pk)})

    cancel_order = order

    def return_order(self, generated: dict[str, Any]) -> Named:
        return Named(path={"order_id": str(self._fresh("sent", self._sent).pk)}, body={"reference": uuid.uuid4().hex})

    def send_return(self, generated: dict[str, Any]) -> Named:
        return Named(path={"return_id": str(self._fresh("given_back", self._given_back).pk)})

    def upload_logo(self, generated: dict[str, Any]) -> Named:
        return Named(body={"member_id": self._member_id(self.alice), "file": Binary(files.encoded("PNG"))})

    def logo(self, generated: dict[str, Any]) -> Named:
        return Named(path={"logo_id": self._once("logo", self._logo)})

    def accept_offset(self, generated: dict[str, Any]) -> Named:
        # A point pays 5 fen, and no more points are taken than the bill needs.
        bill_fen = max(generated.get("bill_fen", 0), 5)
        return Named(body={**self._spend(SpendingAct.OFFSET), "bill_fen": bill_fen, "points": bill_fen // 5})

    def refund_offset(self, generated: dict[str, Any]) -> Named:
        return Named(path={"reference": self._fresh("offset", self._offset)}, body={"reference": uuid.uuid4().hex})

    def query_voucher(self, generated: dict[str, Any]) -> Named:
        return Named(body={"code": self._fresh("coupon", self._coupon), "store_id": str(self.store.pk)})

    accept_voucher = query_voucher

    # How each object is made

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """An object that no success uses up."""
        if name not in self._lasting:
            self._lasting[name] = make()
        return self._lasting[name]

    def _fresh(self, name: str, make: Callable[[], Any]) -> Any:
        """An object that serves one success, and any number of refusals before it."""
        if name not in self._unspent:
            self._unspent[name] = make()
        return self._unspent[name]

    def _member_id(self, person: User) -> str:
        return str(person.public_id)

    def _cursor(self, path: str) -> str:
        following = self.partner.get(path, limit="1").json()["next"]
        return parse_qs(urlsplit(following).query)["cursor"][0]

    def _reachable(self) -> User:
        return counter.rich_member(self.shop)

    def _requested(self) -> tuple[str, str]:
        """An authorisation that was requested by SMS, and the code in it."""
        member = self._reachable()
        authorisation, _ = authorisations.request(
            merchant_id=self.shop.pk, member=member.public_id, act=SpendingAct.HOLD, max_points=1,
            key=uuid.uuid4().hex, moment=timezone.now(),
        )  # fmt: skip
        return str(authorisation.pk), counter.code_in_sms(member)

    def _spend(self, act: SpendingAct) -> dict[str, Any]:
        authorisation = shopping.authorise(self.shop, self.alice, act, MOST_POINTS, at=timezone.now())
        spend = {"member_id": self._member_id(self.alice), "authorisation": str(authorisation.pk)}
        return {**spend, "reference": uuid.uuid4().hex}

    def _purchase(self, generated: Mapping[str, Any]) -> dict[str, Any]:
        """A purchase whose lines sum to its amount; the other fields of the lines stay."""
        lines = [{**line, "amount_fen": 100} for line in generated.get("lines") or ()]
        sound = {"member_id": self._member_id(self.alice), "reference": uuid.uuid4().hex, "occurred_at": BOUGHT_AT}
        sound |= {"store_id": str(self.store.pk)}
        return sound | ({"lines": lines, "amount_fen": 100 * len(lines)} if lines else {})

    def _bought(self) -> str:
        line = {"sku": "RULER", "quantity": 1_000, "amount_fen": 10_000_000_000}
        reference = f"单/{uuid.uuid4().hex}"
        body = purchase(self.alice, 10_000_000_000, lines=[line], reference=reference, occurred_at=BOUGHT_AT)
        answer = self.partner.post("/purchases", body)
        assert answer.status_code == 201, answer.content
        return reference

    def _sealed(self) -> str:
        act_id = cast.buy(self.shop, self.alice, cast.award(1)).act_id
        sealing.seal_all()
        return str(act_id)

    def _held(self) -> str:
        return str(cast.hold(self.shop, self.alice, MOST_POINTS, at=timezone.now()).act_id)

    def _goods(self) -> Reward:
        return shopping.reward(self.shop)

    def _dear(self) -> Reward:
        """For points and cash."""
        return shopping.reward(self.shop, 300, cash_fen=990, face_value_fen=2490)

    def _printed(self) -> Reward:
        return shopping.reward(self.shop, 2000, kind="customised", face_value_fen=30_000, details=PIECES)

    def _service(self) -> tuple[Reward, str]:
        service = shopping.reward(self.shop, kind="service", details={"valid_days": 30})
        starts_at = timezone.now() + HOUR
        slot = catalogue.add_slot(reward_id=service.pk, starts_at=starts_at, ends_at=starts_at + HOUR, places=10_000)
        return service, str(slot.pk)

    def _logo(self) -> str:
        stored = logos.store(
            merchant_id=self.shop.pk, member=self.alice.public_id, upload=files.encoded("PNG"), key=None,
            moment=timezone.now(),
        )  # fmt: skip
        return str(stored.logo.public_id)

    def _ordered(self, **fields: Any) -> Order:
        return shopping.placed(self._goods(), self.alice, at=timezone.now(), **fields)

    def _sent(self) -> Order:
        order = self._ordered(quantity=100, address=HOME)
        sent = {"carrier": "顺丰", "tracking_number": "SF1", "moment": timezone.now(), "actor_id": None}
        return fulfilment.ship(order_id=order.pk, merchant_id=self.shop.pk, **sent)

    def _given_back(self) -> OrderReturn:
        body = {"reference": uuid.uuid4().hex, "reason_code": "change_of_mind", "moment": timezone.now()}
        return returns.request(order_id=self._sent().pk, merchant_id=self.shop.pk, **body).order_return

    def _offset(self) -> str:
        reference = f"账/{uuid.uuid4().hex}"
        offsets.accept(
            merchant_id=self.shop.pk, member=self.alice.public_id, bill_fen=2_000_000_000, points_spent=200_000_000,
            reference=reference, authorisation=None, key=None, moment=timezone.now(),
        )  # fmt: skip
        return reference

    def _coupon(self) -> str:
        reward = shopping.reward(self.shop, 10, kind="coupon", details=COUPON)
        return vouchers.code_of(shopping.placed(reward, self.alice, at=timezone.now()).vouchers.get())


def replaced(generated: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, Any]:
    """`generated` with existing values in its fields; fields that it leaves out stay out."""
    return {name: real.get(name, value) for name, value in generated.items()}


def _in_an_hour() -> str:
    moment: datetime = timezone.now() + HOUR
    return moment.isoformat()
