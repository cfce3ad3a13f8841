"""A purchase, for the rules that judge it, the operations that book it and the API that reads it. Pure.

Money is in fen.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt; `amount_fen` is what was paid for all its pieces.

    `labels` are those valid on the goods when the purchase occurred. The merchant does not send them: they come from
    its rulebook.
    """

    sku: str
    quantity: int
    amount_fen: int
    category: str | None = None
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid order. `amount_fen` is what was paid with money; lines, where there are any, sum to it."""

    occurred_at: datetime
    amount_fen: int
    store_id: int | None = None
    channel: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequest(Purchase):
    """A purchase as the merchant sends it, with the buyer and the merchant's own reference."""

    member: UUID
    reference: str
