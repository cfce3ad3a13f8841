"""Idempotency keys of orders, offsets, vouchers and logos, stored before any wallet is locked (DESIGN §3)."""

import hashlib

from django.db import connection

from hongmi.lib.errors import KeyReused
from redemption.models import RequestKey


def remember(*, merchant_id: int, key: str | None, request_hash: bytes) -> bool:
    """Store a key with the hash of its request; true if the same request was answered before.

    A concurrent call with the same key waits here until the first one ends. Runs in the transaction of the act, so
    that a refusal leaves the key free. Raises KeyReused.
    """
    assert connection.in_atomic_block, "a key is stored together with its act"
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
