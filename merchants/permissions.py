"""Permissions of each role in the console. They come from Staff rows and platform roles, not from Django's permission
rows.

Permissions have Django's names (`points.view_act`), so ModelAdmins of all apps check them without importing roles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.backends import BaseBackend
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from accounts.models import PlatformRole, User
from merchants.models import MerchantStatus, Staff, StaffRole

SHOP: Final = frozenset({"merchants.view_merchant", "merchants.view_store", "merchants.view_terms"})
MEMBERS: Final = frozenset({"merchants.view_membership"})
RULES: Final = frozenset({"points.view_earningrule", "points.view_goodslabel"})
CATALOGUE: Final = frozenset(f"redemption.view_{name}" for name in ("reward", "rewardprice", "pricerise", "slot"))
OFFERS: Final = frozenset({"redemption.view_offer"})
BOOKS: Final = frozenset({"points.view_act", "points.view_lot", "points.view_hold", "points.view_roll_forward"})
PROOFS: Final = frozenset({"points.view_treehead", "points.view_auditrun", "redemption.view_valueindex"})
KEYS: Final = frozenset({"merchants.view_partnercredential"})
STAFF: Final = frozenset({"merchants.view_staff"})
# merchants.operations.staff.GOVERNS limits these to certain roles.
HIRE: Final = frozenset(
    {"merchants.invite_staff", "merchants.govern_staff", "merchants.view_staffinvitation"}
    | {"merchants.withdraw_staffinvitation"}
)
CARDS: Final = frozenset({"merchants.card_membership"})
ADJUSTMENTS: Final = frozenset({"points.view_adjustment"})

ORDERS: Final = frozenset(
    f"redemption.view_{name}" for name in ("order", "voucher", "payment", "refund", "offset", "orderreturn")
)
FULFIL: Final = frozenset({"redemption.fulfil_order", "redemption.record_orderreturn"})
REFUND: Final = frozenset({"redemption.refund_order", "redemption.settle_orderreturn"})
UNDO: Final = frozenset({"redemption.undo_voucher"})

PROPOSE: Final = frozenset({"points.add_adjustment"})
APPROVE: Final = frozenset({"points.approve_adjustment"})
PUBLISH: Final = frozenset({"points.add_earningrule", "points.change_earningrule", "points.publish_earningrule"})
SELL: Final = frozenset({"redemption.add_reward", "redemption.change_reward", "redemption.publish_reward"}) | frozenset(
    {"redemption.end_rewardprice", "redemption.withdraw_pricerise", "redemption.close_slot"}
)
RUN_SHOP: Final = frozenset({"merchants.add_store", "merchants.change_store"})
SET_TERMS: Final = frozenset({"merchants.publish_terms"})
# The platform admits merchants, agrees on their deposits and credits, and suspends them.
GOVERN_SHOPS: Final = frozenset(
    {"merchants.add_merchant", "merchants.change_merchant", "merchants.step_merchant", "merchants.cover_merchant"}
)
GIVE_KEYS: Final = frozenset({"merchants.add_partnercredential", "merchants.revoke_partnercredential"})

_VIEW_ALL: Final = SHOP | MEMBERS | RULES | CATALOGUE | OFFERS | ORDERS | BOOKS | STAFF | ADJUSTMENTS

AT_A_MERCHANT: Final[Mapping[str, frozenset[str]]] = {
    StaffRole.OWNER: _VIEW_ALL
    | KEYS
    | PROPOSE
    | APPROVE
    | PUBLISH
    | SELL
    | FULFIL
    | REFUND
    | UNDO
    | RUN_SHOP
    | HIRE
    | CARDS
    | SET_TERMS
    | GIVE_KEYS,
    StaffRole.MANAGER: _VIEW_ALL
    | PROPOSE
    | APPROVE
    | PUBLISH
    | SELL
    | FULFIL
    | REFUND
    | UNDO
    | RUN_SHOP
    | HIRE
    | CARDS,
    # A cashier serves members and explains entries, and sees no totals of the shop.
    StaffRole.CASHIER: SHOP
    | MEMBERS
    | RULES
    | CATALOGUE
    | FULFIL
    | CARDS
    | {"points.view_act", "redemption.view_order", "redemption.view_voucher", "redemption.view_orderreturn"},
    # Finance approves what others propose, and proposes nothing itself.
    StaffRole.FINANCE: _VIEW_ALL | APPROVE,
    StaffRole.READ_ONLY: _VIEW_ALL,
}

_NOTIFICATIONS: Final = frozenset({"notifications.view_outbox", "notifications.view_delivery"})
_PEOPLE: Final = frozenset({"accounts.view_user", "accounts.view_phoneunmasking"})
# Moves and merges need two people, so each may both propose, and approve proposals of others.
_MERGE: Final = frozenset({"accounts.merge_user", "accounts.approve_merge"})
_MOVE: Final = frozenset({"accounts.move_user", "accounts.approve_move"})
_SUPPORT: Final = _MOVE | _MERGE | {"accounts.unmask_user", "accounts.issue_card"}

FOR_THE_PLATFORM: Final[Mapping[str, frozenset[str]]] = {
    PlatformRole.OPERATOR: _VIEW_ALL
    | PROOFS
    | KEYS
    | GIVE_KEYS
    | PROPOSE
    | APPROVE
    | RUN_SHOP
    | _PEOPLE
    | _SUPPORT
    | _NOTIFICATIONS
    | GOVERN_SHOPS
    | {"notifications.change_delivery", "notifications.view_sandboxsms"},
    PlatformRole.SUPPORT: _VIEW_ALL | PROPOSE | _PEOPLE | _SUPPORT | _NOTIFICATIONS,
    PlatformRole.COMPLIANCE: _VIEW_ALL
    | PROOFS
    | APPROVE
    | _PEOPLE
    | _NOTIFICATIONS
    | {"accounts.approve_move", "accounts.approve_merge"},
    # Views all points from issue to expiry and changes nothing (SPEC R55).
    PlatformRole.REGULATOR: _VIEW_ALL | PROOFS | _PEOPLE,
}


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of one person: at all merchants, and at single ones."""

    everywhere: frozenset[str]
    at: Mapping[int, frozenset[str]]
    is_all: bool = False
    # By merchant, the stores that the person is bound to; merchants without an entry are not restricted.
    stores: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def may(self, permission: str, *, merchant_id: int | None = None) -> bool:
        """Without a merchant: at one of them at least."""
        if self.is_all or permission in self.everywhere:
            return True
        if merchant_id is not None:
            return permission in self.at.get(merchant_id, ())
        return any(permission in granted for granted in self.at.values())

    def merchants(self, permission: str) -> set[int] | None:
        """The merchants with this permission; None means all."""
        if self.is_all or permission in self.everywhere:
            return None
        return {merchant_id for merchant_id, granted in self.at.items() if permission in granted}

    def may_anything_in(self, app_label: str) -> bool:
        held = [self.everywhere, *self.at.values()]
        return self.is_all or any(one.startswith(f"{app_label}.") for granted in held for one in granted)


NONE: Final = Permissions(frozenset(), {})


def of(user: Any) -> Permissions:
    """Loaded once per request and cached on its user."""
    if not isinstance(user, User) or not user.is_active:
        return NONE
    cached: Permissions | None = user.__dict__.get("_merchant_permissions")
    if cached is None:
        cached = user.__dict__["_merchant_permissions"] = _load(user)
    return cached


def _load(user: User) -> Permissions:
    if not user.is_staff:
        return NONE
    # Staff of a suspended or closed merchant have no permissions there from the next request on.
    places = (
        Staff.objects.filter(user=user, is_active=True)
        .exclude(merchant__status__in=(MerchantStatus.SUSPENDED, MerchantStatus.CLOSED))
        .annotate(held_in=ArrayAgg("stores", filter=Q(stores__isnull=False), default=[]))
        .values_list("merchant_id", "role", "held_in")
    )
    return Permissions(
        everywhere=FOR_THE_PLATFORM.get(user.platform_role, frozenset()),
        at={merchant_id: AT_A_MERCHANT[role] for merchant_id, role, _ in places},
        is_all=user.is_superuser,
        stores={merchant_id: frozenset(stores) for merchant_id, _, stores in places if stores},
    )


class RoleBackend(BaseBackend):
    """Answers Django's permission checks from the roles. Signs nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return of(user_obj).may(perm, merchant_id=getattr(obj, "merchant_id", None))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return of(user_obj).may_anything_in(app_label)
