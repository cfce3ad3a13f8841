"""What each role may do in the console. Django's permission rows play no part: who works where, in which role, does.

Permissions have Django's names (`points.view_act`), so every ModelAdmin of any app asks them without knowing of roles.
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
# How far each reaches is told by merchants.operations.staffing.GOVERNS.
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
# The platform takes merchants in, watches what covers their points, and shuts them out.
GOVERN_SHOPS: Final = frozenset(
    {"merchants.add_merchant", "merchants.change_merchant", "merchants.step_merchant", "merchants.cover_merchant"}
)
GIVE_KEYS: Final = frozenset({"merchants.add_partnercredential", "merchants.revoke_partnercredential"})

_EVERYTHING_TO_SEE: Final = SHOP | MEMBERS | RULES | CATALOGUE | OFFERS | ORDERS | BOOKS | STAFF | ADJUSTMENTS

AT_A_MERCHANT: Final[Mapping[str, frozenset[str]]] = {
    StaffRole.OWNER: _EVERYTHING_TO_SEE
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
    StaffRole.MANAGER: _EVERYTHING_TO_SEE
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
    StaffRole.FINANCE: _EVERYTHING_TO_SEE | APPROVE,
    StaffRole.READ_ONLY: _EVERYTHING_TO_SEE,
}

_POST_OFFICE: Final = frozenset({"notifications.view_outbox", "notifications.view_delivery"})
_PEOPLE: Final = frozenset({"accounts.view_user", "accounts.view_unmaskrecord"})
# Two people move a lost number or merge accounts, so whoever may propose it may also approve what another proposed.
_MAKE_ONE: Final = frozenset({"accounts.merge_user", "accounts.approve_merge"})
_MOVE: Final = frozenset({"accounts.move_user", "accounts.approve_move"})
_DESK: Final = _MOVE | _MAKE_ONE | {"accounts.unmask_user", "accounts.issue_card"}

FOR_THE_PLATFORM: Final[Mapping[str, frozenset[str]]] = {
    PlatformRole.OPERATOR: _EVERYTHING_TO_SEE
    | PROOFS
    | KEYS
    | GIVE_KEYS
    | PROPOSE
    | APPROVE
    | RUN_SHOP
    | _PEOPLE
    | _DESK
    | _POST_OFFICE
    | GOVERN_SHOPS
    | {"notifications.change_delivery", "notifications.view_sandboxsms"},
    PlatformRole.SUPPORT: _EVERYTHING_TO_SEE | PROPOSE | _PEOPLE | _DESK | _POST_OFFICE,
    PlatformRole.COMPLIANCE: _EVERYTHING_TO_SEE
    | PROOFS
    | APPROVE
    | _PEOPLE
    | _POST_OFFICE
    | {"accounts.approve_move", "accounts.approve_merge"},
    # Sees every point from issue to end and changes nothing (SPEC R55).
    PlatformRole.REGULATOR: _EVERYTHING_TO_SEE | PROOFS | _PEOPLE,
}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one person may do: everywhere, and at single merchants."""

    everywhere: frozenset[str]
    at: Mapping[int, frozenset[str]]
    is_all: bool = False
    # The stores that a place is bound to, by merchant; a merchant that is not here is open in all its stores.
    stores: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def may(self, permission: str, *, merchant_id: int | None = None) -> bool:
        """Without a merchant: at one of them at least."""
        if self.is_all or permission in self.everywhere:
            return True
        if merchant_id is not None:
            return permission in self.at.get(merchant_id, ())
        return any(permission in powers for powers in self.at.values())

    def merchants(self, permission: str) -> set[int] | None:
        """At which merchants; None means at every one."""
        if self.is_all or permission in self.everywhere:
            return None
        return {merchant_id for merchant_id, powers in self.at.items() if permission in powers}

    def may_anything_in(self, app_label: str) -> bool:
        held = [self.everywhere, *self.at.values()]
        return self.is_all or any(one.startswith(f"{app_label}.") for powers in held for one in powers)


NONE: Final = Permissions(frozenset(), {})


def of(user: Any) -> Permissions:
    """Read once per request, and kept with its user."""
    if not isinstance(user, User) or not user.is_active:
        return NONE
    kept: Permissions | None = user.__dict__.get("_powers")
    if kept is None:
        kept = user.__dict__["_powers"] = _read(user)
    return kept


def _read(user: User) -> Permissions:
    if not user.is_staff:
        return NONE
    # Of a suspended or closed merchant nobody sees or does anything, from the next request on.
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
    """Answers Django's questions about permissions from the roles. Opens no session."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return of(user_obj).may(perm, merchant_id=getattr(obj, "merchant_id", None))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return of(user_obj).may_anything_in(app_label)
