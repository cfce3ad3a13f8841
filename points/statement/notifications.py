"""Notifications of members about published facts of the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from hongmi.lib import named_objects
from merchants.models import Merchant
from notifications import operations
from notifications.channels import Notification
from notifications.outbox import Message
from points.models import Act, Hold
from points.types import Purse

HELD = "points.held"
SPENDING = (HELD, "points.redeemed", "points.released", "points.refunded")


def deliver(messages: Sequence[Message], *, moment: datetime) -> None:
    """Deliver the notifications about these facts of the topics `points.*`."""
    names, ended, elsewhere = _merchant_names(messages), _ended_holds(messages), _covered_elsewhere(messages)
    pending = [
        message
        for message in messages
        if not (message.topic == HELD and message.payload["act"] in ended)
        and not (message.topic in SPENDING and message.payload["act"] in elsewhere)
    ]
    operations.deliver(
        notifications=[each for message in pending for each in _notifications(message, names)], moment=moment
    )


def _notifications(message: Message, names: Mapping[int, Mapping[str, str]]) -> Iterable[Notification]:
    facts = _facts(message.payload, names)
    if "giver" not in message.payload:
        yield Notification(message.id, message.payload["member"], message.topic, facts)
        return
    # Without names, because a notification outlives the account of the person it would name.
    yield Notification(message.id, message.payload["member"], message.topic, facts | {"is_giver": False})
    yield Notification(message.id, message.payload["giver"], message.topic, facts | {"is_giver": True})


def _facts(payload: Mapping[str, Any], names: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    base, green = payload["points"], payload.get("green_points", 0)
    if payload.get("purse") == Purse.GREEN or "giver" in payload:
        base, green = 0, base
    facts = {"act": payload["act"], "points": base, "green_points": green}
    if "merchant" in payload:
        facts["merchant"] = names[payload["merchant"]]
    facts |= {name: payload[name] for name in ("back", "owed", "green_owed") if name in payload}
    if "kind" in payload:
        facts["reason"] = payload["kind"]
    return facts


def _ended_holds(messages: Iterable[Message]) -> set[int]:
    """Holds that have ended already: points set aside and spent at once need one notification, not two."""
    holds = [message.payload["act"] for message in messages if message.topic == HELD]
    return (
        set(Hold.objects.filter(act_id__in=holds, is_open=False).values_list("act_id", flat=True)) if holds else set()
    )


def _covered_elsewhere(messages: Iterable[Message]) -> set[int]:
    """Acts about which another app notifies the member: the notification of an order names the reward."""
    acts = [message.payload["act"] for message in messages if message.topic in SPENDING]
    answers = dict(Act.objects.filter(pk__in=acts).values_list("pk", "parent_id")) if acts else {}
    covers: list[Callable[[Mapping[int, int | None]], set[int]]] = [
        named_objects.attribute(name) for name in settings.ACTS_NOTIFIED_BY
    ]
    return set().union(*(covered(answers) for covered in covers)) if answers else set()


def _merchant_names(messages: Iterable[Message]) -> dict[int, dict[str, str]]:
    merchants = {message.payload["merchant"] for message in messages if "merchant" in message.payload}
    rows = Merchant.objects.filter(id__in=merchants).values_list("id", "name", "name_en")
    return {number: {"zh-hans": name, "en": name_en or name} for number, name, name_en in rows}
