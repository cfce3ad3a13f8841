"""Routes of the outbox: the tasks and the notification template of each topic."""

from typing import TypedDict


class OutboxRoute(TypedDict):
    tasks: list[str]
    template: str


def _template(topic: str) -> str:
    """The template of a topic in the folder of its subject: `points.held` → notifications/points/held.txt."""
    subject, fact = topic.split(".")
    return f"notifications/{subject}/{fact}.txt"


# Topic → dotted task names, and the template of its notification in an inbox or "". Apps are connected here and nowhere
# else; hongmi.E010 and E011 check that each name exists. A topic is never removed, because old notifications are still
# rendered with its template; without listeners its tasks are empty.
OUTBOX_ROUTES: dict[str, OutboxRoute] = {
    topic: {"tasks": ["points.tasks.notify_members"], "template": _template(topic)}
    for topic in (
        "points.accrued",
        "points.held",
        "points.redeemed",
        "points.released",
        "points.refunded",
        "points.expired",
        "points.clawed_back",
        "points.reversed",
        "points.given",
        "points.taken_away",
    )
}
OUTBOX_ROUTES["ledger.audit_failed"] = {
    "tasks": ["points.tasks.send_alerts"],
    "template": _template("ledger.audit_failed"),
}
OUTBOX_ROUTES["rewards.price_rises"] = {
    "tasks": ["redemption.tasks.notify_of_price_rises"],
    "template": _template("rewards.price_rises"),
}
OUTBOX_ROUTES["accounts.codes_guessed_at"] = {
    "tasks": ["accounts.tasks.notify_operators"],
    "template": _template("accounts.codes_guessed_at"),
}
# Facts about people, without a notification.
OUTBOX_ROUTES |= {
    "accounts.joined": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "accounts.guardian_agreed": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "merchants.joined": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "accounts.erased": {"tasks": [], "template": ""},
}
# Orders, vouchers and bills paid with points.
OUTBOX_ROUTES |= {
    topic: {"tasks": ["redemption.tasks.notify_members"], "template": _template(topic)}
    for topic in (
        "orders.awaiting_cash",
        "orders.confirmed",
        "orders.fulfilled",
        "orders.accepted",
        "orders.cancelled",
        "orders.refunded",
        "orders.return_requested",
        "orders.return_refused",
        "orders.not_provided",
        "orders.payment_refused",
        "orders.cash_refunded",
        "vouchers.accepted",
        "vouchers.good_again",
        "offsets.accepted",
    )
}
# Functions of apps above points that return the acts about which they notify the member themselves, so that nobody
# receives two notifications about one act.
ACTS_NOTIFIED_BY = ["redemption.order_notifications.covered_acts"]
