"""Purchases: booked one by one, previewed, or booked in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import queries as people
from hongmi.lib import idempotency
from merchants import queries as merchants
from merchants.errors import MemberMerged, MemberNotFound
from points.ledger import functions
from points.purchase import Line, Purchase, PurchaseRequest
from points.rules import awards, evaluation, rulebook
from points.rules.rule_set import RuleSet
from points.rules.types import MemberFacts
from points.types import ActKind, BatchResult, Booking


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
        request_hash=_request_hash(purchase),
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
        "hash": _request_hash(purchase).hex(),
        "occurred_at": purchase.occurred_at.isoformat(),
        "amount_fen": purchase.amount_fen,
        "store": purchase.store_id,
        "awards": awards.to_json(evaluation.award_for(book.rules, judged, facts)),
        "breakdown": _breakdown(judged),
    }


def _judged(book: rulebook.Rulebook, purchase: PurchaseRequest) -> PurchaseRequest:
    """The purchase with the labels its goods carried that day."""
    lines = tuple(replace(line, labels=book.labels_of(line.sku, purchase.occurred_at)) for line in purchase.lines)
    return replace(purchase, lines=lines)


def _request_hash(purchase: PurchaseRequest) -> bytes:
    """The hash by which a repeated request is recognised. Labels are no part of it: the request does not hold them."""
    body = {
        "member": purchase.member,
        "reference": purchase.reference,
        "occurred_at": purchase.occurred_at,
        "amount_fen": purchase.amount_fen,
        "store": purchase.store_id,
        "channel": purchase.channel,
        "lines": [[line.sku, line.category, line.quantity, line.amount_fen] for line in purchase.lines],
    }
    return idempotency.request_hash(act="purchase", body=body)


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
    lines = tuple(
        Line(sku, quantity, fen, category, frozenset(labels))
        for sku, category, quantity, fen, *labels in breakdown.get("lines", [])
    )
    return Purchase(occurred_at, amount_fen, store_id, breakdown.get("channel"), lines)


def _facts_of(ruleset: RuleSet, members: set[UUID]) -> dict[UUID, MemberFacts]:
    """The facts about buyers that rules need; no query where no rule needs any."""
    if not ruleset.needs_member_facts:
        return {}
    birthdays = people.birthdays(public_ids=members)
    return {public_id: MemberFacts(birthday=birthday) for public_id, birthday in birthdays.items()}
