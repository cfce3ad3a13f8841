"""Creates the demo's merchants with their rules, and its people. A repeated run changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from hongmi.lib.shanghai import SHANGHAI
from hongmi.seed import personas, shop_list, sign_ups
from hongmi.seed.credentials import Passwords
from merchants import queries as merchant_queries
from merchants.models import Merchant, MerchantStatus, Staff, StaffRole, Store
from merchants.operations import lifecycle, memberships, staff
from points.models import EarningRule, GoodsLabel
from points.operations import earning_rules, goods_labels
from redemption.models import PayeeAccount
from redemption.payments import sandbox

# Covers twenty million points at 5 fen, more than the demo ever issues.
CREDIT_LIMIT_FEN = 100_000_000


@dataclass(frozen=True, slots=True)
class DemoState:
    """The demo's merchants by code and people by sign-in name; its history ends at `opened_at`, the first start."""

    opened_at: datetime
    merchants: Mapping[str, Merchant]
    people: Mapping[str, User]

    def days_ago(self, days: int, *, hour: int = 12, minute: int = 0) -> datetime:
        """That many Shanghai days before the first day, at that time."""
        day = self.opened_at.astimezone(SHANGHAI) - timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def create(passwords: Passwords) -> DemoState:
    """Create the merchants, rules and people that do not exist yet."""
    platform = _platform(shop_list.MERCHANTS[0])
    people = sign_ups.create_people(passwords)
    merchants = {demo.code: _merchant(demo, people) for demo in shop_list.MERCHANTS[1:]}
    # From the database, so that a later start plays the same history.
    state = DemoState(platform.created_at, {shop_list.PLATFORM: platform, **merchants}, people)
    for demo in shop_list.MERCHANTS:
        _configure(demo, state)
        _rules(demo, state)
    for person in personas.STAFF:
        _add_staff(person, state)
    for member in personas.MEMBERS:
        since = state.days_ago(max(days for _, days in member.joined), hour=8)
        sign_ups.complete_profile(member, people[member.sign_in], passwords, moment=since)
    return state


def _platform(demo: shop_list.DemoMerchant) -> Merchant:
    """The platform's own merchant, which needs no contract."""
    platform, _ = Merchant.objects.get_or_create(
        code=demo.code,
        defaults={
            "name": demo.name,
            "name_en": demo.name_en,
            "category": demo.category,
            "status": MerchantStatus.LIVE,
            "is_platform": True,
        },
    )
    return platform


def _merchant(demo: shop_list.DemoMerchant, people: Mapping[str, User]) -> Merchant:
    """Apply for the contract, agree the credit limit, and take the missing steps of its life cycle."""
    merchant = merchant_queries.merchant_by_code(demo.code) or lifecycle.apply_for_contract(
        code=demo.code,
        name=demo.name,
        name_en=demo.name_en,
        category=demo.category,
        owner_id=people[f"{demo.code.lower()}.owner"].pk,
        licence_number=f"91310000{demo.code[:6]:0<6}4X2Q"[:18],
    )
    taken = list(merchant.steps.order_by("pk").values_list("to_status", flat=True))[1:]
    if not taken:
        lifecycle.agree_limit(
            merchant_id=merchant.pk, deposit_fen=CREDIT_LIMIT_FEN // 10, credit_limit_fen=CREDIT_LIMIT_FEN
        )
    for week, (status, reason) in enumerate(demo.life):
        # A step that somebody took in the console since stays.
        if week >= len(taken):
            lifecycle.take_step(
                merchant_id=merchant.pk,
                to=status,
                reason=reason,
                actor_id=people["operator"].pk,
                moment=demo.opening_at - timedelta(weeks=3 - week),
            )
    merchant.refresh_from_db()
    return merchant


def _configure(demo: shop_list.DemoMerchant, state: DemoState) -> None:
    """Create stores, the account for cash and the membership terms, and set the policy of returns."""
    merchant = state.merchants[demo.code]
    for store in demo.stores:
        Store.objects.get_or_create(
            merchant=merchant, code=store.code, defaults={"name": store.name, "division_code": store.division_code}
        )
    if demo.takes_cash:
        PayeeAccount.objects.get_or_create(
            merchant=merchant, defaults={"provider": sandbox.NAME, "account": f"sandbox-{demo.code.lower()}"}
        )
    if merchant_queries.current_terms(merchant_id=merchant.pk) is None:
        # Set once, together with the terms: the console may change the policy later.
        Merchant.objects.filter(pk=merchant.pk).update(clawback_policy=demo.clawback_policy)
        memberships.publish_terms(
            merchant_id=merchant.pk,
            text=f"加入{demo.name}会员,即同意其记录您的消费以累积积分;积分每分至少值5分钱,消费所得终身有效,可随时退出。",
            text_en=f"Joining {demo.name_en} lets it note what you buy, to give you points; you may leave at any time.",
            moment=demo.opening_at,
        )


def _rules(demo: shop_list.DemoMerchant, state: DemoState) -> None:
    merchant = state.merchants[demo.code]
    for one in demo.rules:
        rule, _ = EarningRule.objects.get_or_create(
            merchant=merchant, code=one.code, defaults={"name": one.name, "name_en": one.name_en}
        )
        if rule.versions.exists():
            continue
        first, last = one.window or (None, None)
        earning_rules.publish(
            rule=rule,
            definition=one.definition,
            starts_at=demo.opening_at if first is None else state.days_ago(first, hour=0),
            ends_at=None if last is None else state.days_ago(last, hour=0),
        )
    for sku, label in demo.labels:
        if not GoodsLabel.objects.filter(merchant=merchant, sku=sku, label=label).exists():
            goods_labels.assign(merchant_id=merchant.pk, sku=sku, label=label, valid_from=demo.opening_at)


def _add_staff(member: personas.DemoStaff, state: DemoState) -> None:
    """The owner invites, the person accepts; an owner is staff since the application."""
    if member.merchant is None or member.role == StaffRole.OWNER:
        return
    merchant, person = state.merchants[member.merchant], state.people[member.sign_in]
    if Staff.objects.filter(merchant=merchant, user=person).exists():
        return
    # A cashier works in one shop.
    stores = merchant.stores.order_by("pk")[:1] if member.role == StaffRole.CASHIER else []
    code = staff.invite(
        merchant_id=merchant.pk,
        by=state.people[f"{member.merchant.lower()}.owner"],
        role=StaffRole(member.role),
        store_ids=[store.pk for store in stores],
        moment=state.opened_at,
    )
    staff.accept(person=person, code=code, moment=state.opened_at)
