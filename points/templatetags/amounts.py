"""How points and money are written, alike in every language: 2,453,159 and 1,234.05."""

from django import template

from points.clearing_value import CLEARING_VALUE_FEN

register = template.Library()


@register.filter
def points(value: int) -> str:
    # Not by the locale, because Django's Chinese one would group by four digits, which no bank does.
    return f"{value:,}"


@register.filter
def signed(value: int) -> str:
    """With its sign, and a real minus."""
    return f"{value:+,}".replace("-", "−") if value else "0"


@register.filter
def yuan(fen: int) -> str:
    """Fen as yuan, without the fen where there are none."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{fen // 100:,}.{fen % 100:02d}"


@register.filter
def worth(points: int) -> str:
    """The guaranteed value in yuan, with the fen: what settlement pays."""
    fen = points * CLEARING_VALUE_FEN
    return f"{fen // 100:,}.{fen % 100:02d}"
