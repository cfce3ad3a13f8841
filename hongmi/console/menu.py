"""The console's menu and the tasks of its first page, each with its address and the permission it needs."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """`view` is a name of the console's addresses."""

    title: Promise
    icon: str
    view: str
    permission: str


@dataclass(frozen=True, slots=True)
class Task(Entry):
    """Work that people often come to the console for."""

    description: Promise

    @property
    def address(self) -> str:
        return f"admin:{self.view}"


def _list(title: Promise, icon: str, model: str) -> Entry:
    app, name = model.split(".")
    return Entry(title, icon, f"{app}_{name}_changelist", f"{app}.view_{name}")


MENU: Final[tuple[tuple[Promise, tuple[Entry, ...]], ...]] = (
    (
        _("Members and rules"),
        (
            _list(_("Members"), "group", "merchants.membership"),
            _list(_("Earning rules"), "rule", "points.earningrule"),
            _list(_("Goods labels"), "sell", "points.goodslabel"),
            _list(_("Corrections"), "edit_note", "points.adjustment"),
        ),
    ),
    (
        _("Rewards and orders"),
        (
            _list(_("Rewards"), "redeem", "redemption.reward"),
            _list(_("Prices"), "price_change", "redemption.rewardprice"),
            _list(_("Price rises"), "trending_up", "redemption.pricerise"),
            _list(_("Appointments"), "event", "redemption.slot"),
            _list(_("Offers"), "person", "redemption.offer"),
            _list(_("Orders"), "shopping_bag", "redemption.order"),
            _list(_("Returns"), "assignment_return", "redemption.orderreturn"),
            _list(_("Vouchers"), "confirmation_number", "redemption.voucher"),
            _list(_("Bills paid with points"), "point_of_sale", "redemption.offset"),
            _list(_("Payments"), "payments", "redemption.payment"),
            _list(_("Refunds"), "undo", "redemption.refund"),
        ),
    ),
    (
        _("Ledger"),
        (
            _list(_("Acts"), "receipt_long", "points.act"),
            _list(_("Lots"), "inventory_2", "points.lot"),
            _list(_("Points set aside"), "lock_clock", "points.hold"),
            _list(_("Signed heads"), "verified", "points.treehead"),
            _list(_("Audits"), "fact_check", "points.auditrun"),
            _list(_("Value index"), "monitoring", "redemption.valueindex"),
        ),
    ),
    (
        _("Shop"),
        (
            _list(_("Merchants"), "storefront", "merchants.merchant"),
            _list(_("Stores"), "location_on", "merchants.store"),
            _list(_("Membership terms"), "gavel", "merchants.terms"),
            _list(_("Staff"), "badge", "merchants.staff"),
            _list(_("Invitations"), "person_add", "merchants.staffinvitation"),
            _list(_("Partner keys"), "key", "merchants.partnercredential"),
        ),
    ),
    (
        _("Platform"),
        (
            _list(_("People"), "person_search", "accounts.user"),
            _list(_("Unmasked numbers"), "visibility", "accounts.phoneunmasking"),
            _list(_("Outbox"), "outbox", "notifications.outbox"),
            _list(_("Deliveries"), "local_shipping", "notifications.delivery"),
            _list(_("Sandbox SMS"), "sms", "notifications.sandboxsms"),
        ),
    ),
)

TASKS: Final = (
    Task(
        _("Find a member"), "search", "merchants_membership_find", "merchants.card_membership",
        _("By your own number, telephone or member id: balance, entries, card"),
    ),
    Task(
        _("Find a member"), "person_search", "accounts_user_find", "accounts.unmask_user",
        _("By telephone, card, order or member id: the full history"),
    ),
    Task(
        _("Look up a purchase"), "receipt_long", "points_act_changelist", "merchants.card_membership",
        _("By the number on the receipt: its points and the reasons"),
    ),
    Task(
        _("Hand over orders"), "shopping_bag", "redemption_order_changelist", "redemption.fulfil_order",
        _("Orders that wait to be sent or handed over"),
    ),
    Task(
        _("Correct points"), "edit_note", "points_adjustment_add", "points.add_adjustment",
        _("You propose, a second person approves"),
    ),
    Task(
        _("Approve corrections"), "task_alt", "points_adjustment_changelist", "points.approve_adjustment",
        _("Proposals that nobody has booked yet"),
    ),
    Task(
        _("Earning rules"), "rule", "points_earningrule_changelist", "points.publish_earningrule",
        _("Try a rule on a purchase, then publish its next version"),
    ),
    Task(
        _("New reward"), "redeem", "redemption_reward_add", "redemption.add_reward",
        _("Describe it, price it, publish it in the mall"),
    ),
    Task(
        _("Invite staff"), "person_add", "merchants_staff_invite", "merchants.invite_staff",
        _("A code for one person, with a role and its stores"),
    ),
    Task(
        _("Membership terms"), "gavel", "merchants_terms_changelist", "merchants.publish_terms",
        _("The terms that members accept when they join"),
    ),
    Task(
        _("Connect a till"), "key", "merchants_partnercredential_add", "merchants.add_partnercredential",
        _("A key for your till, shop or app to book purchases"),
    ),
    Task(
        _("Add a merchant"), "storefront", "merchants_merchant_add", "merchants.add_merchant",
        _("Licence, contract, deposit, then live: each step with its reason"),
    ),
    Task(
        _("Trace points"), "receipt_long", "points_act_changelist", "points.view_auditrun",
        _("Every point from issue to end, act by act"),
    ),
    Task(
        _("Audits"), "fact_check", "points_auditrun_changelist", "points.view_auditrun",
        _("The nightly checks of the ledger and their results"),
    ),
)  # fmt: skip
