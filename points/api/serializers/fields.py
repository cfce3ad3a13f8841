"""Fields that several calls share, and their bounds. Outside, ids are strings and purses are names."""

from typing import Any

from hongmi.lib import fields
from hongmi.lib.paths import REFERENCE_MAX_LENGTH

# Above any shop's receipt, and low enough that no rule's points leave 64 bits.
MAX_AMOUNT_FEN = 10_000_000_000
MAX_POINTS = 1_000_000_000
MAX_LINES = 500


class AmountField(fields.StrictIntegerField):
    """Money in fen."""

    def __init__(self, *, min_value: int = 0, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=MAX_AMOUNT_FEN, **kwargs)


class ReferenceField(fields.StrictCharField):
    """The merchant's own number of an act, unique for ever within merchant and kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=REFERENCE_MAX_LENGTH, **kwargs)
