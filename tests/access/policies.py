"""Who may use which address, stated one by one. A route or a page of the console that is not here fails the test."""

from typing import Any, Final

STAFF_ROLES: Final = ("owner", "manager", "cashier", "finance", "read_only")
PLATFORM_ROLES: Final = ("operator", "support", "compliance", "regulator")
ROLES: Final = ("member", *STAFF_ROLES, *PLATFORM_ROLES)

# Anybody, signed in or not.
PUBLIC: Final = {
    "home", "proofs", "checkpoint", "verifier_keys", "verifier", "healthz", "set_language", "schema", "api_docs",
    "problem", "price_history", "price_history_json", "token",
}  # fmt: skip
# Shows itself only to who has its own token.
HIDDEN: Final = {"metrics"}
# The door itself: open to who is not signed in.
SIGN_IN: Final = {
    "account_login", "account_code", "account_dormant", "account_card", "account_password", "account_signup",
    "account_logout", "account_inactive", "mfa_authenticate",
}  # fmt: skip
# Whoever is signed in, about themselves only.
MEMBER: Final = {
    "me", "profile", "pets", "change_phone", "account_change_password", "account_set_password", "usersessions_list",
    "guardian", "agree_as_guardian", "family", "found_family", "invite_to_family", "join_family", "leave_family",
    "remove_from_family", "family_caps", "privacy", "export_my_data", "close_account", "welcome", "my_merchants",
    "confirm", "withdraw_as_guardian", "my_work", "accept_place",
    "my_logo", "join_merchant", "leave_merchant", "my_code", "member_points", "member_entry", "member_receipt", "inbox",
    "account_reauthenticate", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip
# A merchant's systems, with the scope: method, scope, and a sound body where there is one.
PARTNER: Final[dict[str, tuple[str, str, Any]]] = {
    "members": ("post", "members:write", {"member_ref": "matrix"}),
    "member": ("get", "members:read", None),
    "resolve_member_code": ("post", "members:write", {"code": "6700000000000000"}),
    "authorisations": ("post", "spend:write", {"member_id": "{member_id}", "act": "hold", "max_points": 1}),
    "confirm_authorisation": ("post", "spend:write", {"code": "000000"}),
    "wallets": ("get", "wallets:read", None),
    "statement": ("get", "wallets:read", None),
    "purchases": ("post", "purchases:write", "{purchase}"),
    "purchase_preview": ("post", "purchases:write", "{purchase}"),
    "purchase_batch": ("post", "purchases:write", {"purchases": ["{purchase}"]}),
    "returns": ("post", "purchases:write", {"reference": "matrix-return", "amount_fen": 1}),
    "holds": (
        "post",
        "spend:write",
        {"member_id": "{member_id}", "purse": "base", "points": 1, "reference": "m", "authorisation": "{leave}"},
    ),
    "capture_hold": ("post", "spend:write", {}),
    "release_hold": ("post", "spend:write", {}),
    "receipt": ("get", "receipts:read", None),
    "rewards": ("get", "rewards:read", None),
    "reward": ("get", "rewards:read", None),
    "reward_prices": ("get", "rewards:read", None),
}
PARTNER |= {
    "order_returns": ("post", "orders:write", {"reference": "m", "ground": "change_of_mind"}),
    "order_return_parcel": ("post", "orders:write", {"carrier": "matrix", "tracking_number": "1"}),
    "orders": (
        "post",
        "orders:write",
        {"member_id": "{member_id}", "reward_id": "1", "quantity": 1, "reference": "m", "authorisation": "{leave}"},
    ),
    "order": ("get", "orders:write", None),
    "logos": ("post", "orders:write", {}),
    "logo": ("get", "orders:write", None),
    "order_cancellation": ("post", "orders:write", {"reason": "matrix"}),
    "offsets": (
        "post",
        "spend:write",
        {"member_id": "{member_id}", "bill_fen": 1, "points": 1, "reference": "m", "authorisation": "{leave}"},
    ),
    "offset_refunds": ("post", "spend:write", {"reference": "m", "amount_fen": 1}),
    "voucher_query": ("post", "vouchers:accept", {"code": "matrix"}),
    "voucher_acceptance": ("post", "vouchers:accept", {"code": "matrix", "store_id": "1"}),
}
# A payment provider signs what it says; nobody signs in.
SIGNED: Final = {"payment_notice"}
# Rewards are shown to everybody, whichever merchant's they are.
SHOWN_TO_ALL: Final = {"reward", "reward_prices", "rewards"}

_ALL: Final = frozenset((*STAFF_ROLES, *PLATFORM_ROLES))
_NOT_CASHIERS: Final = _ALL - {"cashier"}
_WATCH: Final = frozenset({"operator", "compliance", "regulator"})
_POST_OFFICE: Final = frozenset({"operator", "support", "compliance"})
NOBODY: Final = frozenset[str]()

# The console: model → who sees its list, who may add a row.
CONSOLE: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "merchants.merchant": (_ALL, frozenset({"operator"})),
    "merchants.terms": (_ALL, NOBODY),
    "merchants.store": (_ALL, frozenset({"owner", "manager", "operator"})),
    "merchants.staff": (_NOT_CASHIERS, NOBODY),
    "merchants.staffinvitation": (frozenset({"owner", "manager"}), NOBODY),
    "merchants.membership": (_ALL, NOBODY),
    "merchants.partnercredential": (frozenset({"owner", "operator"}), frozenset({"owner", "operator"})),
    "points.act": (_ALL, NOBODY),
    "points.lot": (_NOT_CASHIERS, NOBODY),
    "points.hold": (_NOT_CASHIERS, NOBODY),
    "points.adjustment": (_NOT_CASHIERS, frozenset({"owner", "manager", "operator", "support"})),
    "points.earningrule": (_ALL, frozenset({"owner", "manager"})),
    "points.goodslabel": (_ALL, NOBODY),
    "points.treehead": (_WATCH, NOBODY),
    "points.auditrun": (_WATCH, NOBODY),
    "redemption.reward": (_ALL, frozenset({"owner", "manager"})),
    "redemption.rewardprice": (_ALL, NOBODY),
    "redemption.pricerise": (_ALL, NOBODY),
    "redemption.slot": (_ALL, NOBODY),
    "redemption.offer": (_NOT_CASHIERS, NOBODY),
    "redemption.valueindex": (_WATCH, NOBODY),
    "redemption.order": (_ALL, NOBODY),
    "redemption.orderreturn": (_ALL, NOBODY),
    "redemption.voucher": (_ALL, NOBODY),
    "redemption.payment": (_NOT_CASHIERS, NOBODY),
    "redemption.refund": (_NOT_CASHIERS, NOBODY),
    "redemption.offset": (_NOT_CASHIERS, NOBODY),
    "notifications.outbox": (_POST_OFFICE, NOBODY),
    "notifications.delivery": (_POST_OFFICE, NOBODY),
    "notifications.sandboxsms": (frozenset({"operator"}), NOBODY),
    "accounts.user": (frozenset(PLATFORM_ROLES), NOBODY),
    "accounts.unmaskrecord": (frozenset(PLATFORM_ROLES), NOBODY),
}

_MANAGERS: Final = frozenset({"owner", "manager"})
# What the console does with one row: the address of the action → who may, at their own shop.
ACTIONS: Final[dict[str, frozenset[str]]] = {
    "redemption_reward_announce": _MANAGERS,
    "redemption_reward_publish": _MANAGERS,
    "redemption_reward_offer": _MANAGERS,
    "redemption_reward_delist": _MANAGERS,
    "redemption_reward_plan": _MANAGERS,
    "redemption_slot_close": _MANAGERS,
    "redemption_rewardprice_end": _MANAGERS,
    "redemption_pricerise_withdraw": _MANAGERS,
    "redemption_order_returned": _MANAGERS | {"cashier"},
    "redemption_orderreturn_take_back": _MANAGERS,
    "redemption_orderreturn_refuse": _MANAGERS,
    "redemption_orderreturn_parcel": _MANAGERS | {"cashier"},
}
