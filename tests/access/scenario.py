"""Two shops that must not see each other's data: the Stationer with Alice, the Garage with Bob, and people in every
role at the Stationer."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import ChallengePurpose, User
from accounts.operations import cards, merges, phone_moves, sign_in
from accounts.operations.sign_in import Visitor
from hongmi.lib import paths
from merchants.models import Authorisation, Membership, Merchant, StaffInvitation, StaffRole, Store, Terms
from points.models import Adjustment, GoodsLabel
from redemption.models import Order, PayeeAccount, Reward
from redemption.operations import (
    catalogue,
    fulfilment,
    logos,
    offers,
    offsets,
    prices,
    refunds,
    returns,
    vouchers,
)
from redemption.operations.prices import PriceTerms
from redemption.operations.vouchers import Counter
from tests import factories, partner_client
from tests.access import policies
from tests.accounts.conftest import code_sent_to, some_address
from tests.merchants import counter
from tests.partner_client import PartnerClient
from tests.redemption import files, sample_rewards, shopping


@dataclass
class Shop:
    """One merchant, its API client, a member, and a row of each kind. Everything only it may read contains `secret`."""

    client: PartnerClient
    member: User
    secret: str
    act: int
    hold: int
    authorisation: Authorisation
    unconfirmed: Authorisation
    purchase: str
    order: int
    logo: uuid.UUID
    goods_return: int

    @property
    def merchant(self) -> Merchant:
        return self.client.shop

    # Created on first use, because few tests need them.

    @cached_property
    def printed(self) -> int:
        """An order that waits to be printed with the logo and sent."""
        return _to_be_sent(self.merchant, self.member, logo=self.logo)

    @cached_property
    def sent(self) -> int:
        order = _to_be_sent(self.merchant, self.member)
        parcel = {"carrier": "顺丰", "tracking_number": "SF1"}
        fulfilment.ship(order_id=order, merchant_id=self.merchant.pk, actor_id=None, moment=timezone.now(), **parcel)
        return order

    @cached_property
    def caller(self) -> User:
        """A person who called support about their account."""
        return _caller(self.member)

    def kwargs(self) -> dict[str, Any]:
        """The arguments of its URLs."""
        return {
            "member_id": self.member.public_id,
            "act_id": self.act,
            "hold_id": self.hold,
            "reference": self.purchase,
            "authorisation_id": self.unconfirmed.pk,
            "order_id": self.order,
            "logo_id": self.logo,
            "return_id": self.goods_return,
        }

    def form_values(self) -> dict[str, str]:
        """The values of its rows in console forms."""
        today = timezone.localdate()
        return {
            "merchant": str(self.merchant.pk),
            "member_id": str(self.member.public_id),
            "member_ref": self.secret,
            "caller_id": str(self.caller.public_id),
            "today": today.isoformat(),
            "tomorrow": (today + timedelta(days=1)).isoformat(),
        }


MISSING: dict[str, Any] = {
    "member_id": uuid.UUID(int=1),
    "act_id": paths.BIGINT_MAX,
    "hold_id": paths.BIGINT_MAX,
    "reward_id": paths.BIGINT_MAX,
    "reference": "nothing-like-it",
    "authorisation_id": uuid.UUID(int=1),
    "order_id": paths.BIGINT_MAX,
    "logo_id": uuid.UUID(int=1),
    "return_id": paths.BIGINT_MAX,
    "code": "no_such_problem",
    "provider": "nobody",
}


def open_shop(name: str) -> Shop:
    factories.platform()
    client = PartnerClient(factories.merchant(name))
    partner_client.publish_rule(client.shop)
    member = counter.rich_member(client.shop)
    secret = f"secret-{uuid.uuid4().hex[:12]}"
    Membership.objects.filter(member=member).update(member_ref=secret)
    bought = client.post("/purchases", partner_client.purchase(member, reference=secret)).json()
    given = counter.authorisation_by_code(client, member, 5)
    held = counter.hold(client, member, 5, given, reference=f"hold-{secret}").json()
    authorisation = Authorisation.objects.get(pk=counter.authorisation_by_code(client, member, 5))
    body = {"member_id": str(member.public_id), "act": "hold", "max_points": 1}
    unconfirmed = Authorisation.objects.get(pk=client.post("/authorisations", body).json()["id"])
    factories.store(client.shop, code="1", name=f"store {secret}")
    factories.staff(client.shop, factories.person(), StaffRole.READ_ONLY)
    StaffInvitation.objects.create(
        merchant=client.shop, role=StaffRole.CASHIER, code_hash=uuid.uuid4().bytes, invited_by=factories.person(),
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    Terms.objects.create(merchant=client.shop, version=1, text=secret, published_at=partner_client.OPENING)
    GoodsLabel.objects.create(merchant=client.shop, sku=secret, label="green", valid_from=partner_client.OPENING)
    Adjustment.objects.create(
        merchant=client.shop, member=member, points=1, reason=secret, proposed_by=factories.person()
    )
    order = _redeem(client.shop, member, secret)
    logo = logos.store(
        merchant_id=client.shop.pk, member=member.public_id, upload=files.encoded(), key=None, moment=timezone.now()
    ).logo
    return Shop(
        client,
        member,
        secret,
        int(bought["id"]),
        int(held["id"]),
        authorisation,
        unconfirmed,
        secret,
        order,
        logo.public_id,
        _return(order),
    )


def _redeem(shop: Merchant, member: User, secret: str) -> int:
    """A draft, an order with a voucher, one with a partial cash refund, and a bill partly paid with points.

    Returns the id of the first order.
    """
    moment = timezone.now()
    sample_rewards.row(sample_rewards.draft(shop, title=secret))
    order = shopping.placed(shopping.reward(shop, 10), member, at=moment, reference=secret)
    PayeeAccount.objects.create(merchant=shop, provider="sandbox", account=secret)
    pen = shopping.reward(shop, 10, cash_fen=990, face_value_fen=2490)
    paid = shopping.placed(pen, member, at=moment, reference=f"cash-{secret}")
    shopping.pay(paid, at=moment)
    refunds.refund(
        order_id=paid.pk, merchant_id=shop.pk, points_back=1, cash_fen=99, reference=secret, reason="退", moment=moment
    )
    offsets.accept(
        merchant_id=shop.pk, member=member.public_id, bill_fen=1000, points_spent=10, reference=secret,
        authorisation=None, key=None, moment=moment,
    )  # fmt: skip
    return order.pk


def _return(order_id: int) -> int:
    """Its notebooks were picked up and are returned; adds an offer, a slot and a price rise for the console pages."""
    order, moment = Order.objects.get(pk=order_id), timezone.now()
    vouchers.accept(
        counter=Counter(order.merchant_id), code=vouchers.code_of(order.vouchers.get()),
        store_id=Store.objects.get(merchant=order.merchant_id).pk, key=None, moment=moment,
    )  # fmt: skip
    offers.make(
        member_id=order.member_id, reward_id=order.reward_id, points=5, cash_fen=0, face_value_fen=100,
        opens_at=moment, closes_at=moment + timedelta(days=1), criterion=order.reference,
    )  # fmt: skip
    bath = shopping.reward(order.merchant, 10, kind="service", details={"valid_days": 30})
    catalogue.add_slot(
        reward_id=bath.pk, starts_at=moment + timedelta(days=1), ends_at=moment + timedelta(days=2), places=3
    )
    today = timezone.localdate(moment)
    prices.announce(reward_id=order.reward_id, terms=PriceTerms(20, 1000, today, "小票 1"), moment=moment)
    requested = returns.request(
        order_id=order.pk, merchant_id=order.merchant_id, reference=order.reference, reason_code="change_of_mind",
        moment=moment,
    )  # fmt: skip
    return requested.order_return.pk


def _to_be_sent(shop: Merchant, member: User, **options: Any) -> int:
    """An order of notebooks, or of goods printed with `logo`."""
    goods = {"kind": "customised", "details": {"pieces": 1, "needs_logo": True}} if options else {}
    to = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}
    return shopping.placed(shopping.reward(shop, 10, **goods), member, at=timezone.now(), address=to, **options).pk


def _caller(member: User) -> User:
    """A person with a card, a lost phone and two accounts, for whom support proposed a move and a merge."""
    caller, agent, moment = factories.person(name="爱丽丝"), factories.person(), timezone.now()
    cards.issue(member=caller, moment=moment)
    phone, visitor, purpose = counter.a_phone(), Visitor(some_address()), ChallengePurpose.MOVED_PHONE
    proven = sign_in.send_code(phone=phone, purpose=purpose, visitor=visitor, moment=moment)
    sign_in.verify_code(challenge_id=proven, purpose=purpose, code=code_sent_to(phone), visitor=visitor, moment=moment)
    phone_moves.propose(person=caller, new_phone=proven, by=agent, reason="手机丢失", moment=moment)
    merges.propose(duplicate=caller, survivor=member, by=agent, reason="两次登记", moment=moment)
    return caller


def browser(role: str, shop: Merchant) -> Client:
    """A signed-in browser of a person in this role, at this shop for a role of a shop."""
    person = factories.person()
    if role in policies.STAFF_ROLES:
        factories.staff(shop, person, role)
    elif role in policies.PLATFORM_ROLES:
        User.objects.filter(pk=person.pk).update(platform_role=role)
    User.objects.filter(pk=person.pk).update(is_staff=role != "member", last_login=timezone.now())
    client = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(pk=person.pk), backend="django.contrib.auth.backends.ModelBackend")
    return client


def routes() -> dict[str, str]:
    """Every address outside the console by its name, as the URL conf has it."""
    return {name: route for route, name in _walk(get_resolver()) if not route.startswith("console/")}


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, str(pattern.name)


@cache
def console_routes() -> dict[str, str]:
    """Every address of the console by its name, or by its route where it has none."""
    inside = "console/"
    found = [(route.removeprefix(inside), name) for route, name in _walk(get_resolver()) if route.startswith(inside)]
    return {name if name != "None" else "/".join(route.split("/")[2:]) or route: route for route, name in found}


def console_models() -> dict[str, Any]:
    return {model._meta.label_lower: site for model, site in admin.site._registry.items()}


def row_of(label: str, shop: Shop) -> Any:
    """The key of one row of this shop, where the model belongs to shops."""
    site = console_models()[label]
    fields = {field.name for field in site.model._meta.get_fields()}
    own = next((one for one in ("merchant", "issuer") if one in fields), None)
    path = "pk" if label == "merchants.merchant" else own or _merchant_path(site)
    if path is None:
        return None
    row = site.model.objects.filter(**{path: shop.merchant.pk}).first()
    return None if row is None else row.pk


def acted_on(name: str, shop: Shop) -> Any:
    """The key of a row of this shop for which the action is there now; None where its address names no row."""
    if "<path:object_id>" not in console_routes()[name]:
        return None
    app, model, verb = name.split("_", 2)
    rewards = Reward.objects.filter(merchant=shop.merchant.pk)
    match model, verb:
        case "user", "merge_member":
            return shop.member.pk
        case "user", _:
            return shop.caller.pk
        case "reward", "plan":
            return rewards.get(kind="service").pk
        case "reward", "offer" | "delist":
            return Order.objects.get(pk=shop.order).reward_id
        case "order", "receive" | "returned":
            return shop.sent
        case "order", _:
            return shop.printed
    return row_of(f"{app}.{model}", shop)


def _merchant_path(site: Any) -> str | None:
    """The path of a row that belongs to the merchant indirectly, such as a payment to an order."""
    path = getattr(site, "merchant_path", "")
    return path if "__" in path else None
