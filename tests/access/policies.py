"""The permissions of every route and console page. A route or page that is missing here fails the test."""

from typing import Any, Final

STAFF_ROLES: Final = ("owner", "manager", "cashier", "finance", "read_only")
PLATFORM_ROLES: Final = ("operator", "support", "compliance", "regulator")
ROLES: Final = ("member", *STAFF_ROLES, *PLATFORM_ROLES)

# Anybody, signed in or not.
PUBLIC: Final = {
    "home", "proofs", "checkpoint", "verifier_keys", "verifier", "healthz", "set_language", "schema", "api_docs",
    "problem", "price_history", "price_history_json", "token",
}  # fmt: skip
# Visible only with a token of its own.
HIDDEN: Final = {"metrics"}
# Sign-in pages, open without a session.
SIGN_IN: Final = {
    "account_login", "account_code", "account_dormant", "account_card", "account_password", "account_signup",
    "account_logout", "account_inactive", "mfa_authenticate",
}  # fmt: skip
# Any signed-in person, about themselves only.
MEMBER: Final = {
    "me", "profile", "pets", "change_phone", "account_change_password", "account_set_password", "usersessions_list",
    "guardian", "agree_as_guardian", "family", "found_family", "invite_to_family", "join_family", "leave_family",
    "remove_from_family", "family_caps", "privacy", "export_my_data", "close_account", "welcome", "my_merchants",
    "confirm", "withdraw_as_guardian", "my_work", "accept_place",
    "my_logo", "join_merchant", "leave_merchant", "my_code", "member_points", "member_entry", "member_receipt", "inbox",
    "account_reauthenticate", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip
# A merchant's systems, with the scope: method, scope, and a valid body where there is one.
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
        {
            "member_id": "{member_id}",
            "purse": "base",
            "points": 1,
            "reference": "m",
            "authorisation": "{authorisation}",
        },
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
        {
            "member_id": "{member_id}",
            "reward_id": "1",
            "quantity": 1,
            "reference": "m",
            "authorisation": "{authorisation}",
        },
    ),
    "order": ("get", "orders:write", None),
    "logos": ("post", "orders:write", {}),
    "logo": ("get", "orders:write", None),
    "order_cancellation": ("post", "orders:write", {"reason": "matrix"}),
    "offsets": (
        "post",
        "spend:write",
        {"member_id": "{member_id}", "bill_fen": 1, "points": 1, "reference": "m", "authorisation": "{spend}"},
    ),
    "offset_refunds": ("post", "spend:write", {"reference": "m", "amount_fen": 1}),
    "voucher_query": ("post", "vouchers:accept", {"code": "matrix"}),
    "voucher_acceptance": ("post", "vouchers:accept", {"code": "matrix", "store_id": "1"}),
}
# A payment provider signs its notices; nobody signs in.
SIGNED: Final = {"payment_notice"}
# Rewards of all merchants are public.
SHOWN_TO_ALL: Final = {"reward", "reward_prices", "rewards"}

_ALL: Final = frozenset((*STAFF_ROLES, *PLATFORM_ROLES))
_NOT_CASHIERS: Final = _ALL - {"cashier"}
_WATCH: Final = frozenset({"operator", "compliance", "regulator"})
_MESSAGES: Final = frozenset({"operator", "support", "compliance"})
NOBODY: Final = frozenset[str]()

# The console: model → roles that see its list, roles that may add a row.
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
    "notifications.outbox": (_MESSAGES, NOBODY),
    "notifications.delivery": (_MESSAGES, NOBODY),
    "notifications.sandboxsms": (frozenset({"operator"}), NOBODY),
    "accounts.user": (frozenset(PLATFORM_ROLES), NOBODY),
    "accounts.phoneunmasking": (frozenset(PLATFORM_ROLES), NOBODY),
}

_MANAGERS: Final = frozenset({"owner", "manager"})
_COUNTER: Final = _MANAGERS | {"cashier"}
_DESK: Final = frozenset({"operator", "support"})
_APPROVERS: Final = _DESK | {"compliance"}
_OPERATOR: Final = frozenset({"operator"})
_NOTHING: Final[dict[str, str]] = {}
_REASON: Final = {"reason": "matrix"}
_PARCEL: Final = {"carrier": "matrix", "tracking_number": "1"}

# Console actions beyond lists and forms: name of the route → roles, at their own shop or at the platform, and a valid
# form for it.
ACTIONS: Final[dict[str, tuple[frozenset[str], dict[str, str]]]] = {
    "accounts_user_find": (frozenset(PLATFORM_ROLES), {"typed": "{member_id}"}),
    "accounts_user_unmask": (_DESK, _REASON),
    "accounts_user_issue_card": (_DESK, {"pin": ""}),
    "accounts_user_block_card": (_DESK, _NOTHING),
    "accounts_user_move_phone": (_DESK, {"phone": "13800138000"}),
    "accounts_user_approve_move": (_APPROVERS, _NOTHING),
    "accounts_user_stop_move": (_DESK, _NOTHING),
    "accounts_user_merge_member": (_DESK, _REASON | {"typed": "{caller_id}", "confirmed": "1"}),
    "accounts_user_approve_merge": (_APPROVERS, _NOTHING),
    "accounts_user_stop_merge": (_DESK, _NOTHING),
    "merchants_membership_find": (_ALL, {"typed": "{member_id}"}),
    "merchants_membership_issue_card": (_COUNTER, _NOTHING),
    "merchants_membership_block_card": (_COUNTER, _NOTHING),
    "merchants_merchant_take_step": (_OPERATOR, _REASON | {"to": "suspended"}),
    "merchants_merchant_agree_cover": (_OPERATOR, {"deposit_fen": "1", "credit_limit_fen": "1"}),
    "merchants_partnercredential_revoke": (_OPERATOR | {"owner"}, _NOTHING),
    "merchants_staff_invite": (_MANAGERS, {"merchant": "{merchant}", "role": "cashier"}),
    "merchants_staff_change_place": (_MANAGERS, {"role": "cashier"}),
    "merchants_staff_end_place": (_MANAGERS, _NOTHING),
    "merchants_staffinvitation_withdraw": (_MANAGERS, _NOTHING),
    "merchants_terms_publish": (frozenset({"owner"}), {"merchant": "{merchant}", "text": "matrix"}),
    "points_adjustment_approve_one": (_MANAGERS | {"finance", "operator", "compliance"}, _NOTHING),
    "points_earningrule_publish": (
        _MANAGERS,
        {"kind": "rate", "points": "1", "per_yuan": "1", "purse": "base", "rounding": "floor", "round_per": "order",
         "stacking": "add", "starts_at": "2036-11-22T12:00", "sample_yuan": "1", "cap_window": "day",
         "budget_window": "day"},
    ),
    "redemption_reward_publish": (_MANAGERS, _NOTHING),
    "redemption_reward_announce": (
        _MANAGERS,
        {"points": "9", "face_value_yuan": "9", "face_value_basis": "charged", "face_value_on": "{today}",
         "face_value_evidence": "matrix"},
    ),
    "redemption_reward_plan": (
        _MANAGERS, {"first_on": "{tomorrow}", "at": "09:00", "minutes": "60", "places": "1"}
    ),
    "redemption_reward_offer": (
        _MANAGERS,
        {"member_number": "{member_ref}", "points": "5", "face_value_fen": "9", "closes_at_0": "{tomorrow}",
         "closes_at_1": "00:00", "criterion": "matrix"},
    ),
    "redemption_reward_delist": (_MANAGERS, _NOTHING),
    "redemption_rewardprice_end": (_MANAGERS, _NOTHING),
    "redemption_pricerise_withdraw": (_MANAGERS, _NOTHING),
    "redemption_slot_close": (_MANAGERS, _NOTHING),
    "redemption_order_ship": (_COUNTER, _PARCEL),
    "redemption_order_receive": (_COUNTER, _NOTHING),
    "redemption_order_cancel": (_COUNTER, _REASON),
    "redemption_order_refund": (_MANAGERS, _REASON | {"points_back": "1", "cash_yuan": "0", "reference": "matrix"}),
    "redemption_order_not_provided": (_MANAGERS, _REASON),
    "redemption_order_returned": (_COUNTER, {"quantity": "1", "reason_code": "change_of_mind", "reference": "matrix"}),
    "redemption_order_logo": (_ALL, _NOTHING),
    "redemption_orderreturn_take_back": (_MANAGERS, _NOTHING),
    "redemption_orderreturn_refuse": (_MANAGERS, _REASON),
    "redemption_orderreturn_parcel": (_COUNTER, _PARCEL),
    "redemption_voucher_undo": (_MANAGERS, _REASON),
}  # fmt: skip
# These show something and write nothing, for every role.
READS: Final = {"accounts_user_find", "merchants_membership_find", "redemption_order_logo"}
# These answer with a page that shows the result, the others redirect to the row.
SHOWS_RESULT: Final = READS | {
    "accounts_user_unmask", "accounts_user_issue_card", "accounts_user_move_phone", "merchants_membership_issue_card",
    "merchants_staff_invite",
}  # fmt: skip
# Django adds these to every model; CONSOLE states their roles, and nobody deletes.
OF_EVERY_MODEL: Final = ("changelist", "add", "change", "history", "delete")
# Routes of Django and unfold beside the models, by name or, without one, by route.
BESIDE_THE_MODELS: Final = {
    "index": "the overview: hongmi.console and points.console.dashboard check the roles",
    "app_list": "the models of an app that the person may view",
    "search": "looks through names of models, not through rows",
    "autocomplete": "uses the ModelAdmin of the searched model, scoped like its list; no field of ours offers it",
    "login/": "our own sign-in, hongmi.console.index.sign_in",
    "login": "Django's sign-in, which ours replaces",
    "logout": "ends one's own session",
    "password_change/": "redirects to our own page, me/password",
    "password_change": "Django's page, which ours replaces",
    "password_change_done": "a sentence",
    "jsi18n": "translations",
    "<path:object_id>/": "an old address of `change`, which it redirects to",
    "(?P<url>.*)$": "any other address: 404",
}
