"""Chinese translations without GNU gettext, which a bare machine lacks: `make messages`, `make compilemessages`.

The catalogue holds our own messages and those of the console's library, which has no Chinese translation.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from hongmi.console import field_names

ROOT = Path(__file__).parent.parent
LOCALE = "zh_Hans"
FOLDER = ROOT / "hongmi" / "locale" / LOCALE / "LC_MESSAGES"
SOURCES = ("hongmi", "notifications", "accounts", "merchants", "points", "redemption", "green", "reports", "templates")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Message = tuple[str | tuple[str, ...], str | None, str]


def sources() -> Iterator[tuple[Path, str]]:
    """Every file that may hold messages, with its name in the catalogue."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts:
                yield path, str(path.relative_to(ROOT))
    spec = find_spec("unfold")
    assert spec is not None
    assert spec.origin is not None
    library = Path(spec.origin).parent
    for path in sorted(library.rglob("*")):
        if path.suffix in (".py", ".html"):
            yield path, f"unfold/{path.relative_to(library)}"


def messages_in(path: Path, name: str) -> Iterator[Message]:
    """The messages of one file: text or plural forms, context, name of the file."""
    content = path.read_text()
    if path.suffix != ".py":
        if "{% " not in content:
            return
        content = _as_python(content)
    elif "models" in name:
        for field in field_names.names_in(content):
            yield field, field_names.CONTEXT, name
    for _, text, _, context in extract("python", io.BytesIO(content.encode()), KEYWORDS):
        if text:
            yield text, context, name


def _as_python(template: str) -> str:
    from django.utils.translation.template import templatize

    # Only the calls, because the rest of the result is not valid Python.
    calls = re.findall(
        r"""\bn?p?gettext\((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|[\s,]|count)+\)""", templatize(template)
    )
    calls += re.findall(r"""\b_\((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")\)""", templatize(template))
    return "\n".join(calls)


def extract_all() -> None:
    """Update the catalogue from the code: new messages are added empty, unused ones removed."""
    old = catalogue()
    # A fixed date, so that the file changes only when messages do.
    fixed_date = datetime(2026, 1, 1, tzinfo=UTC)
    new = Catalog(
        locale=LOCALE,
        project="hongmi",
        version="1",
        header_comment="# Chinese translations of Hongmi.",
        creation_date=fixed_date,
        revision_date=fixed_date,
        fuzzy=False,
    )
    for path, name in sources():
        for text, context, location in messages_in(path, name):
            new.add(text, locations=[(location, 0)], context=context)
    for message in new:
        known = old.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        if message.id and known:
            message.string = known.string
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "django.po").open("wb") as file:
        write_po(file, new, width=118, omit_header=False, sort_output=True, include_lineno=False)


def catalogue() -> Catalog:
    source = FOLDER / "django.po"
    if not source.exists():
        return Catalog(locale=LOCALE)
    with source.open("rb") as file:
        return read_po(file, locale=LOCALE)


def compile_all() -> None:
    """Write django.mo beside django.po, unless it is newer already."""
    source, target = FOLDER / "django.po", FOLDER / "django.mo"
    if source.exists() and not (target.exists() and target.stat().st_mtime > source.stat().st_mtime):
        half_made = target.with_suffix(f".{os.getpid()}.new")
        with half_made.open("wb") as file:
            write_mo(file, catalogue())
        half_made.replace(target)


def main(arguments: list[str]) -> None:
    if arguments == ["extract"]:
        import django
        from django.conf import settings

        settings.configure()
        django.setup()
        extract_all()
    compile_all()


if __name__ == "__main__":
    main(sys.argv[1:])
