"""Cells of CSV files that people open in a spreadsheet."""

import unicodedata

# Besides the ASCII signs: the minus sign, which compatibility normalisation leaves alone.
_SIGNS = frozenset("=+-@\u2212")


def harmless(cell: str) -> str:
    """Quotes a text that a spreadsheet would run as a formula.

    Spreadsheets ignore spaces and invisible characters before the sign, and some take its full-width form.
    """
    first = next((character for character in cell if _is_visible(character)), "")
    return f"'{cell}" if cell[:1] in ("\t", "\r") or unicodedata.normalize("NFKC", first) in _SIGNS else cell


def _is_visible(character: str) -> bool:
    # Z: separators, C: control and format characters, M: marks without a character of their own (variation selectors).
    return unicodedata.category(character)[0] not in "ZCM"
