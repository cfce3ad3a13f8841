"""Purchases: booked one by one, previewed, or booked in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import queries as people
from hongmi.lib import idempotency
from merchants import queries as merchants
from merchants.errors import MemberMerged, MemberNotFound
from points.ledger import functions
from points.rules import awards, evaluation, rulebook
from points.rules.rule_set import RuleSet
from points.rules.types import Line, MemberFacts, Purchase
from points.types import ActKind, BatchResult, Booking


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of a receipt; `amount_fen` is what was paid for all its pieces."""

    sku: str
    quantity: int
    amount_fen: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class PurchaseRequest:
    """A paid order as the merchant sends it. Lines, where there are any, sum to `amount_fen`."""

    member: UUID
    reference: str
    occurred_at: datetime
    amount_fen: int
    store_id: int | None = None
    channel: str | None = None
    lines: tuple[PurchaseLine, ...] = ()

    def request_hash(self) -> bytes:
        """The hash by which a repeated request is recognised."""
        body = {
            "member": self.member,
            "reference": self.reference,
            "occurred_at": self.occurred_at,
            "amount_fen": self.amount_fen,
            "store": self.store_id,
            "channel": self.channel,
            "lines": [[line.sku, line.category, line.quantity, line.amount_fen] for line in self.lines],
        }
        return idempotency.request_hash(act="purchase", body=body)


def record(
    *, merchant_id: int, purchase: PurchaseRequest, key: str | None, moment: datetime, actor_id: int | None = None
) -> Booking:
    """Book a purchase and the points it earns, perhaps none. Raises DomainError; then nothing was written."""
    return _accrue(merchant_id, purchase, key, moment, actor_id, dry_run=False)


def preview(*, merchant_id: int, purchase: PurchaseRequest, moment: datetime) -> Booking:
    """The answer `record` would give now. Writes nothing."""
    return _accrue(merchant_id, purchase, None, moment, None, dry_run=True)


def record_batch(
    *,
    merchant_id: int,
    purchases: Sequence[PurchaseRequest],
    moment: datetime,
    actor_id: int | None = None,
    publish: bool = True,
) -> list[BatchResult]:
    """Book many purchases in one round trip, each judged alone. Results are in the order of the purchases."""
    items = evaluate_batch(merchant_id=merchant_id, purchases=purchases, moment=moment)
    return book_batch(
        merchant_id=merchant_id, purchases=purchases, items=items, moment=moment, actor_id=actor_id, publish=publish
    )


def evaluate_batch(
    *, merchant_id: int, purchases: Sequence[PurchaseRequest], moment: datetime
) -> list[Mapping[str, Any]]:
    """The awards of the rules for each purchase, as `book_batch` takes them. Writes nothing."""
    book = rulebook.of_merchant(merchant_id, moment)
    facts = _facts_of(book.rules, {purchase.member for purchase in purchases})
    return [_item(book, purchase, facts.get(purchase.member)) for purchase in purchases]


def book_batch(
    *,
    merchant_id: int,
    purchases: Sequence[PurchaseRequest],
    items: Sequence[Mapping[str, Any]],
    moment: datetime,
    actor_id: int | None,
    publish: bool,
) -> list[BatchResult]:
    """Book purchases with the awards that `evaluate_batch` computed."""
    results = functions.accrue_batch(
        merchant_id=merchant_id, items=items, moment=moment, actor_id=actor_id, publish=publish
    )
    return _with_merged_members(merchant_id, purchases, results)


def _with_merged_members(
    merchant_id: int, purchases: Sequence[PurchaseRequest], results: list[BatchResult]
) -> list[BatchResult]:
    """The results, with MemberMerged for a member who is not found because of a merge."""
    pairs = list(zip(purchases, results, strict=True))
    missing = {purchase.member for purchase, result in pairs if result.code == MemberNotFound.code}
    merged = merchants.merged_members(merchant_id=merchant_id, public_ids=missing) if missing else ()
    return [
        replace(result, code=MemberMerged.code)
        if result.code == MemberNotFound.code and purchase.member in merged
        else result
        for purchase, result in pairs
    ]


def _accrue(
    merchant_id: int,
    purchase: PurchaseRequest,
    key: str | None,
    moment: datetime,
    actor_id: int | None,
    *,
    dry_run: bool,
) -> Booking:
    book = rulebook.of_merchant(merchant_id, moment)
    facts = _facts_of(book.rules, {purchase.member}).get(purchase.member)
    judged = _judged(book, purchase)
    return functions.accrue(
        kind=ActKind.PURCHASE,
        merchant_id=merchant_id,
        member=purchase.member,
        key=key,
        reference=purchase.reference,
        request_hash=purchase.request_hash(),
        occurred_at=purchase.occurred_at,
        moment=moment,
        awards=awards.to_json(evaluation.award_for(book.rules, judged, facts)),
        breakdown=_breakdown(judged),
        amount_fen=purchase.amount_fen,
        store_id=purchase.store_id,
        actor_id=actor_id,
        dry_run=dry_run,
    )


def _item(book: rulebook.Rulebook, purchase: PurchaseRequest, facts: MemberFacts | None) -> dict[str, Any]:
    judged = _judged(book, purchase)
    return {
        "member": str(purchase.member),
        "reference": purchase.reference,
        "hash": purchase.request_hash().hex(),
        "occurred_at": purchase.occurred_at.isoformat(),
        "amount_fen": purchase.amount_fen,
        "store": purchase.store_id,
        "awards": awards.to_json(evaluation.award_for(book.rules, judged, facts)),
        "breakdown": _breakdown(judged),
    }


def _judged(book: rulebook.Rulebook, purchase: PurchaseRequest) -> Purchase:
    """The purchase for the rules, with the labels its goods carried that day."""
    lines = tuple(
        Line(
            line.sku,
            line.category,
            line.quantity,
            line.amount_fen,
            book.labels_of(line.sku, purchase.occurred_at),
        )
        for line in purchase.lines
    )
    return Purchase(
        occurred_at=purchase.occurred_at,
        amount_fen=purchase.amount_fen,
        store_id=purchase.store_id,
        channel=purchase.channel,
        lines=lines,
    )


def _breakdown(judged: Purchase) -> dict[str, Any]:
    """The facts that a later return needs beside the awards."""
    breakdown: dict[str, Any] = {}
    if judged.channel is not None:
        breakdown["channel"] = judged.channel
    if judged.lines:
        breakdown["lines"] = [
            [line.sku, line.category, line.quantity, line.amount_fen, *sorted(line.labels)] for line in judged.lines
        ]
    return breakdown


def from_breakdown(
    *, occurred_at: datetime, amount_fen: int, store_id: int | None, breakdown: dict[str, Any]
) -> Purchase:
    """The purchase as the rules saw it, read back from its breakdown."""
    judged = Purchase(occurred_at, amount_fen, store_id, breakdown.get("channel"))
    lines = tuple(
        Line(sku, category, quantity, fen, frozenset(labels))
        for sku, category, quantity, fen, *labels in breakdown.get("lines", [])
    )
    return replace(judged, lines=lines)


def _facts_of(ruleset: RuleSet, members: set[UUID]) -> dict[UUID, MemberFacts]:
    """The facts about buyers that rules need; no query where no rule needs any."""
    if not ruleset.needs_member_facts:
        return {}
    birthdays = people.birthdays(public_ids=members)
    return {public_id: MemberFacts(birthday=birthday) for public_id, birthday in birthdays.items()}
