"""The port to who moves money. The cash part goes to the merchant's own account at the provider (SPEC D12).

settings.PAYMENT_PROVIDERS names the drivers. A driver only speaks its provider's language: it signs what it sends and
believes nothing whose signature it has not checked. What a notice means for an order is decided in
`redemption.operations.payments`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from django.conf import settings

from hongmi.lib import named_objects


class ForgedNotice(Exception):
    """The signature is wrong, missing, of an unknown key, or too old. Nothing is told to the sender."""

    code: ClassVar[str] = "forged_notice"


class ProviderUnavailable(Exception):
    """The provider did not answer, or not as agreed; asking again is safe."""

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
    """What a member is asked to pay: `number` is ours and names the payment for ever."""

    number: str
    payee_account: str
    amount_fen: int
    description: str
    pay_before: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What the provider says happened, its signature checked. `at` is the provider's time."""

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
    """Money to be given back from the merchant's account; `refund_number` makes asking twice the same as once."""

    refund_number: str
    number: str
    payee_account: str
    amount_fen: int
    paid_fen: int
    reason: str


class Provider(Protocol):
    def open(self, bill: Bill) -> str:
        """Announce a payment; the answer is the code at which the member pays. Raises ProviderUnavailable."""

    def close(self, *, number: str, payee_account: str) -> None:
        """Take no more money for it. Raises ProviderUnavailable."""

    def find(self, *, number: str, payee_account: str) -> Notice | None:
        """The payment, when it was paid. Raises ProviderUnavailable."""

    def refund(self, order: RefundOrder) -> bool:
        """Give money back; true once it is done. Raises ProviderUnavailable."""

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, moment: datetime) -> Notice:
        """A callback as sent. Header names in lower case. Raises ForgedNotice."""


def provider_of(name: str) -> Provider:
    """The driver of that name. Raises NoSuchProvider."""
    path = settings.PAYMENT_PROVIDERS.get(name)
    if path is None:
        raise NoSuchProvider(name)
    driver: Provider = named_objects.attribute(path)()
    return driver
