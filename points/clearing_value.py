"""The clearing value of a point, a contract term of the programme (SPEC D3). Pure."""

from typing import Final

CLEARING_VALUE_FEN: Final = 5  # the merchant that issued a point pays this to the merchant that accepts it
