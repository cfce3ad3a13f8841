"""A provider that moves no money, for the demo and the tests; refused in production (hongmi.E023).

It stores its own payments (SandboxPayment), refunds at most what was paid, and signs its callbacks with Ed25519 over
`timestamp\\nbody`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from redemption.models import SandboxPayment
from redemption.payments import Bill, ForgedNotice, Notice, NoticeKind, ProviderUnavailable, RefundOrder

NAME = "sandbox"
FRESH_FOR = timedelta(minutes=5)
TIMESTAMP, SIGNATURE = "sandbox-timestamp", "sandbox-signature"


class Sandbox:
    """`pay` pays its payments; only the demo and the tests call it."""

    def open(self, bill: Bill) -> str:
        SandboxPayment.objects.get_or_create(
            number=bill.number, defaults={"payee_account": bill.payee_account, "amount_fen": bill.amount_fen}
        )
        return f"sandbox://pay/{bill.number}"

    def close(self, *, number: str, payee_account: str) -> None:
        SandboxPayment.objects.filter(number=number, paid_at=None).update(is_closed=True)

    def find(self, *, number: str, payee_account: str) -> Notice | None:
        known = SandboxPayment.objects.filter(number=number, paid_at__isnull=False).first()
        return _notice(known) if known else None

    def refund(self, order: RefundOrder) -> bool:
        with transaction.atomic():
            known = SandboxPayment.objects.select_for_update().filter(number=order.number).first()
            if known is None or known.paid_at is None:
                raise ProviderUnavailable("not paid here")
            given = {name: fen for name, fen in known.refunds.items() if name != order.refund_number}
            if sum(given.values()) + order.amount_fen > known.amount_fen:
                raise ProviderUnavailable("more than was paid")
            known.refunds = given | {order.refund_number: order.amount_fen}
            known.save(update_fields=["refunds"])
        return True

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, moment: datetime) -> Notice:
        stamp = headers.get(TIMESTAMP, "")
        try:
            signature = bytes.fromhex(headers.get(SIGNATURE, ""))
            _key().public_key().verify(signature, _signed(stamp, body))
            sent_at = datetime.fromisoformat(stamp)
            payload = json.loads(body)
        except (InvalidSignature, ValueError):
            raise ForgedNotice from None
        if abs(moment - sent_at) > FRESH_FOR:
            raise ForgedNotice
        return Notice(**payload | {"kind": NoticeKind(payload["kind"]), "at": datetime.fromisoformat(payload["at"])})


def pay(*, number: str, moment: datetime, amount_fen: int | None = None) -> Notice:
    """Pay a payment: the amount due, or `amount_fen` in a test. Idempotent."""
    with transaction.atomic():
        known = SandboxPayment.objects.select_for_update().get(pk=number)
        if known.paid_at is None:
            known.paid_at, known.amount_fen = moment, amount_fen or known.amount_fen
            known.save(update_fields=["paid_at", "amount_fen"])
    return _notice(known)


def sign(notice: Notice, *, moment: datetime) -> tuple[dict[str, str], bytes]:
    """The headers and body of a callback."""
    body = json.dumps(asdict(notice), default=str).encode()
    stamp = moment.isoformat()
    return {TIMESTAMP: stamp, SIGNATURE: _key().sign(_signed(stamp, body)).hex()}, body


def _notice(known: SandboxPayment) -> Notice:
    assert known.paid_at is not None
    return Notice(
        event_id=f"paid-{known.number}",
        kind=NoticeKind.PAID,
        number=known.number,
        provider_number=f"SB{known.number}",
        payee_account=known.payee_account,
        amount_fen=known.amount_fen,
        at=known.paid_at,
    )


def _signed(stamp: str, body: bytes) -> bytes:
    return stamp.encode() + b"\n" + body


def _key() -> Ed25519PrivateKey:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"hongmi sandbox payments")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(settings.SECRET_KEY.encode()))
