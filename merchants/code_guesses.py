"""How many wrong codes a till may bring: per credential, and per merchant, which may have many credentials.

Only wrong ones count, so a busy counter is never slowed. The number of a card never changes, so guessing at cards is
what this ends; a code of a minute among 10^13 is not guessed anyway. The six digits that give leave to spend are: three
tries each at thousands of members would open some, were the merchant's tries not counted together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts import limits
from merchants import authorisations, member_codes
from merchants.errors import MerchantRefused
from merchants.partner_tokens import Partner

MEMBER_CODES = "MEMBER_CODE_GUESS_RATES"
SPENDING_CODES = "SPENDING_CODE_GUESS_RATES"
WRONG = (member_codes.CodeRefused, authorisations.WrongSpendingCode, authorisations.SpendingCodeEnded)


class TooManyWrongCodes(MerchantRefused):
    """`wait` is in seconds."""

    code = "too_many_wrong_codes"

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


@contextmanager
def counted(partner: Any, *, under: str = MEMBER_CODES) -> Iterator[None]:
    """Within, a refused code counts as a guess under settings.<under>. Raises TooManyWrongCodes before anything is
    looked up."""
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
