"""Limits of wrong codes per credential, and per merchant, which may have many credentials.

Only wrong codes count, so a busy counter is never slowed. The limits stop guesses of card numbers, which never change,
and of six-digit spending codes: three tries at each of thousands of members would succeed somewhere if a merchant's
tries were not counted together. Member codes, 10^13 valid for a minute, cannot be guessed anyway.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import limits
from hongmi.lib.errors import DomainError
from merchants import authorisations, member_codes
from merchants.partner_tokens import Partner

MEMBER_CODES = "MEMBER_CODE_GUESS_RATES"
SPENDING_CODES = "SPENDING_CODE_GUESS_RATES"
WRONG = (member_codes.CodeRefused, authorisations.WrongSpendingCode, authorisations.SpendingCodeEnded)


class TooManyWrongCodes(DomainError):
    """`wait` is in seconds."""

    code = "too_many_wrong_codes"
    sentence = _("Too many codes were wrong. Please wait a while.")

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


@contextmanager
def counted(partner: Any, *, under: str = MEMBER_CODES) -> Iterator[None]:
    """Counts a refused code in this context as a guess under settings.<under>. Raises TooManyWrongCodes on entry."""
    assert isinstance(partner, Partner)
    callers = {"credential": str(partner.credential_id), "merchant": str(partner.merchant_id)}
    wait = limits.wait_seconds(under, callers)
    if wait:
        raise TooManyWrongCodes(wait)
    try:
        yield
    except WRONG:
        limits.count(under, callers)
        raise
