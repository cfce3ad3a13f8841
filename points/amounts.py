"""Points and money as text, alike in every language: 2,453,159 and 1,234.05."""

from points.clearing_value import CLEARING_VALUE_FEN


def points(value: int) -> str:
    # Not by the locale, because Django's Chinese one would group by four digits, which no bank does.
    return f"{value:,}"


def signed(value: int) -> str:
    """With its sign, and a real minus."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def yuan(fen: int) -> str:
    """Fen as yuan, without the fen where there are none."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{fen // 100:,}.{fen % 100:02d}"


def worth(points: int) -> str:
    """The guaranteed value in yuan, with the fen."""
    fen = points * CLEARING_VALUE_FEN
    return f"{fen // 100:,}.{fen % 100:02d}"
