"""The interface to payment providers. Cash goes to the merchant's own account at the provider (SPEC D12).

settings.PAYMENT_PROVIDERS names the drivers. A driver signs its requests and verifies every signature of its provider.
`redemption.operations.payments` applies notices to orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from django.conf import settings

from hongmi.lib import named_objects


class ForgedNotice(Exception):
    """The signature is wrong, missing, of an unknown key, or too old. The response does not tell which."""

    code: ClassVar[str] = "forged_notice"


class ProviderUnavailable(Exception):
    """The provider did not answer, or not as documented; a retry is safe."""

    code: ClassVar[str] = "payment_provider_unavailable"


class NoSuchProvider(Exception):
    """No driver of this name is installed."""

    code: ClassVar[str] = "no_such_provider"


class NoticeKind(StrEnum):
    PAID = "paid"
    REFUNDED = "refunded"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Bill:
    """A payment request; `number` is ours and unique for ever."""

    number: str
    payee_account: str
    amount_fen: int
    description: str
    pay_before: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """An event at the provider with a verified signature. `at` is the provider's time."""

    event_id: str
    kind: NoticeKind
    number: str
    provider_number: str
    payee_account: str
    amount_fen: int
    at: datetime
    refund_number: str = ""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A refund from the merchant's account, idempotent by `refund_number`."""

    refund_number: str
    number: str
    payee_account: str
    amount_fen: int
    paid_fen: int
    reason: str


class Provider(Protocol):
    def open(self, bill: Bill) -> str:
        """Create a payment and return the URL at which the member pays. Raises ProviderUnavailable."""

    def close(self, *, number: str, payee_account: str) -> None:
        """Close an unpaid payment. Raises ProviderUnavailable."""

    def find(self, *, number: str, payee_account: str) -> Notice | None:
        """The notice of a paid payment; None if unpaid. Raises ProviderUnavailable."""

    def refund(self, order: RefundOrder) -> bool:
        """Refund money; true once it is done. Raises ProviderUnavailable."""

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, moment: datetime) -> Notice:
        """The notice in a callback; header names are in lower case. Raises ForgedNotice."""


def provider_of(name: str) -> Provider:
    """The driver of a provider. Raises NoSuchProvider."""
    path = settings.PAYMENT_PROVIDERS.get(name)
    if path is None:
        raise NoSuchProvider(name)
    driver: Provider = named_objects.attribute(path)()
    return driver
