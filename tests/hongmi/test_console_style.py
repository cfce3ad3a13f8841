"""The pages' colours have enough contrast (WCAG 2.2 AA); their templates obey the content security policy."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "hongmi/static/hongmi/hongmi.css").read_text()
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", STYLE))
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if path.parts[-2] not in ("admin", "console") and "console" not in path.parts
]

TEXT_ON_BACKGROUND = [
    *[(text, background) for text in ("ink", "soft", "red", "red-deep") for background in ("paper", "sheet", "sunk")],
    *[("red", "red-wash"), ("red-deep", "red-wash"), ("green", "green-wash"), ("green", "paper"), ("green", "sheet")],
    *[("amber", "amber-wash"), ("on-red", "red"), ("on-red", "red-deep")],
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_formula_matches_the_standard() -> None:
    TOKENS.update({"black": "#000000", "white": "#ffffff"})
    assert contrast("black", "white") == pytest.approx(21)


@pytest.mark.parametrize(("text", "background"), TEXT_ON_BACKGROUND)
def test_text_has_enough_contrast(text: str, background: str) -> None:
    assert contrast(text, background) >= 4.5


@pytest.mark.parametrize("background", ["paper", "sheet"])
@pytest.mark.parametrize("mark", ["edge", "focus"])
def test_field_borders_and_the_focus_have_enough_contrast(mark: str, background: str) -> None:
    assert contrast(mark, background) >= 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_style_or_script_and_no_foreign_host(template: Path) -> None:
    content = template.read_text()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", content)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", content)
