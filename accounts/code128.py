"""Code 128 barcodes of digits, as SVG (ISO/IEC 15417, code set C: two digits a symbol)."""

START_C = 105
STOP_WIDTHS = "2331112"
QUIET_MODULES = 10
# Widths of bar, space, bar, space, bar, space of the symbol values 0 to 105 (ISO/IEC 15417, table 1).
_TABLE = """
    212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212
    112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131
    311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321
    112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
    313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
    314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114
    122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212
    124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
    114311 411113 411311 113141 114131 311141 411131 211412 211214 211232
"""
WIDTHS = _TABLE.split()


def symbol_values(digits: str) -> list[int]:
    """Start, pairs of digits and check symbol. The digits are ASCII and even in number."""
    if len(digits) % 2 or not digits.isascii() or not digits.isdigit():
        raise ValueError("code set C takes pairs of digits")
    values = [START_C] + [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    return [*values, check]


def svg(digits: str, *, title: str, height: int = 40) -> str:
    """The barcode as a self-contained SVG, one unit a module, with the quiet zone a scanner needs."""
    bars = []
    x = QUIET_MODULES
    for widths in [*(WIDTHS[value] for value in symbol_values(digits)), STOP_WIDTHS]:
        for place, width in enumerate(map(int, widths)):
            if place % 2 == 0:
                bars.append(f"M{x} 0h{width}v{height}h-{width}z")
            x += width
    total = x + QUIET_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" role="img">'
        f'<title>{title}</title><rect width="{total}" height="{height}" fill="#fff"/><path d="{"".join(bars)}"/></svg>'
    )
