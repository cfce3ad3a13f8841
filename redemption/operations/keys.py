"""The same intention twice gives the same answer: keys first, before any wallet is locked (DESIGN §3)."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, connection, transaction

from redemption.models import RequestKey
from redemption.refusals import KeyReused

# Two requests for one reference that both found it free: the loser asks again and finds the winner's.
ATTEMPTS = 3
_Answer = TypeVar("_Answer")


def remember(*, merchant_id: int, key: str | None, request_hash: bytes) -> bool:
    """Whether this was answered before. A rival with the same key waits here for the first one's end.

    Raises KeyReused. In the transaction of the act, so that a refusal leaves the key free.
    """
    assert connection.in_atomic_block, "a key is remembered together with its act"
    if key is None:
        return False
    digest = hashlib.sha256(key.encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO redemption_requestkey (merchant_id, key_digest, request_hash) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [merchant_id, digest, request_hash],
        )
        if cursor.rowcount:
            return False
    known = RequestKey.objects.get(merchant_id=merchant_id, key_digest=digest)
    if bytes(known.request_hash) != request_hash:
        raise KeyReused
    return True


def settled(act: Callable[[], _Answer], *, unique: str) -> _Answer:
    """Do `act` in one transaction; again when a rival took the reference that the constraint `unique` guards."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError as error:
            name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
            if name != unique or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
