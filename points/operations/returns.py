"""Returns: the points that returned goods earned are clawed back, by the rule versions that granted them (SPEC §3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from hongmi.lib import idempotency
from hongmi.lib.errors import DomainError
from points.errors import StaleRead
from points.ledger import functions
from points.models import Act
from points.operations import purchases
from points.rules import awards, clawback, rulebook
from points.types import ActKind, Booking

_ATTEMPTS = 8


class PurchaseNotFound(DomainError):
    """This merchant has no purchase with that reference."""

    code = "purchase_not_found"
    sentence = _("This merchant booked no purchase with that reference.")


class ReturnExceedsPurchase(DomainError):
    """More is returned than was bought."""

    code = "return_exceeds_purchase"
    sentence = _("More would come back than was bought: %(why)s.")


@dataclass(frozen=True, slots=True)
class _Due:
    base: int
    green: int
    taken: list[int]
    seen_returns: int


def record(
    *,
    merchant_id: int,
    purchase_reference: str,
    reference: str,
    returned: clawback.Return,
    key: str | None,
    occurred_at: datetime | None,
    moment: datetime,
    actor_id: int | None = None,
) -> Booking:
    """Claw back points granted − award on what is kept − earlier clawbacks. Raises DomainError and writes nothing.

    A return without `occurred_at` occurs at `moment`; a repetition later is still the same request.
    """
    purchase = _purchase(merchant_id, purchase_reference)
    request_hash = _request_hash(purchase_reference, reference, returned, occurred_at)
    for attempt in range(_ATTEMPTS):
        due = _due(purchase, returned, reference)
        try:
            return functions.return_purchase(
                merchant_id=merchant_id,
                parent_id=purchase.pk,
                seen_returns=due.seen_returns,
                base_points=due.base,
                green_points=due.green,
                key=key,
                reference=reference,
                request_hash=request_hash,
                occurred_at=occurred_at or moment,
                moment=moment,
                amount_fen=returned.amount_fen,
                policy=purchase.merchant.clawback_policy,
                actor_id=actor_id,
                breakdown={"taken": due.taken} | ({"lines": _lines(returned)} if returned.lines else {}),
            )
        except StaleRead:
            # Another request returned part of the same purchase in between: compute again with it.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _purchase(merchant_id: int, reference: str) -> Act:
    named = Act.objects.filter(merchant_id=merchant_id, kind=ActKind.PURCHASE, reference=reference)
    purchase = named.select_related("merchant").first()
    if purchase is None:
        raise PurchaseNotFound
    return purchase


def _request_hash(
    purchase_reference: str, reference: str, returned: clawback.Return, occurred_at: datetime | None
) -> bytes:
    body = {
        "purchase": purchase_reference,
        "reference": reference,
        "amount_fen": returned.amount_fen,
        "lines": _lines(returned),
        "occurred_at": occurred_at,
    }
    return idempotency.request_hash(act="return", body=body)


def _lines(returned: clawback.Return) -> list[list[Any]]:
    return [[line.sku, line.quantity, line.amount_fen] for line in returned.lines]


def _due(purchase: Act, returned: clawback.Return, reference: str) -> _Due:
    earlier = list(Act.objects.filter(parent_id=purchase.pk, kind=ActKind.RETURN).order_by("id"))
    granted = awards.from_json(purchase.breakdown["awards"])
    if any(act.reference == reference for act in earlier):
        # A repetition: the ledger function replays the first answer, or refuses another body under the same reference.
        return _Due(0, 0, [], len(earlier))
    bought = purchases.from_breakdown(
        occurred_at=purchase.occurred_at,
        amount_fen=purchase.amount_fen or 0,
        store_id=purchase.store_id,
        breakdown=purchase.breakdown,
    )
    try:
        kept = clawback.kept_of(bought, [*map(_return_of_act, earlier), returned])
    except clawback.ReturnExceedsPurchase as error:
        raise ReturnExceedsPurchase({"why": str(error)}) from error
    taken_before = [sum(column) for column in zip(*(act.breakdown["taken"] for act in earlier), strict=True)]
    taken = clawback.clawback_for(
        frozen=rulebook.frozen(purchase.merchant_id, clawback.frozen_versions(granted)),
        purchase=bought,
        kept=kept,
        granted=granted,
        earlier=taken_before or [0] * len(granted),
    )
    by_purse = {
        purse: sum(t for t, a in zip(taken, granted, strict=True) if a.purse == purse) for purse in ("base", "green")
    }
    return _Due(by_purse["base"], by_purse["green"], list(taken), len(earlier))


def _return_of_act(act: Act) -> clawback.Return:
    lines = tuple(clawback.ReturnedLine(sku, quantity, fen) for sku, quantity, fen in act.breakdown.get("lines", []))
    return clawback.Return(act.amount_fen or 0, lines)
