"""The field's terms in the whole tree: no private words, no sentence that begins with a free "Who" or "What".

DESIGN §5 lists the words. A false friend is removed from the text before the search; each has its reason.
"""

import io
import re
import subprocess
import tokenize
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BINARY = {".gz", ".png", ".mo", ".svg"}
# The lock holds names of packages; this file states the words.
SKIPPED = {"requirements.txt", "tests/test_words.py"}
# Chinese translations are no English.
TRANSLATION = re.compile(r'^msgstr.*(?:\n".*")*', re.MULTILINE)

PRIVATE = re.compile(
    r"""(?<![a-z])(?:
        houses? | roof | rooms? | doors? | walls? | walled | pens? | letters? | post\ offices? | powers
        | told | asked | said | narrat(?:e|ed|ion) | errands? | teller | leaflet | lifted | staircase
        | knock(?:s|ed)? | strangers? | stage
        | leave\ to\ spend | (?:a|the|no|such|their|gives?|gave|given)\ leave
    )(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)
# A declarative sentence; a question ends in "?". Also the sentence that a test's name is.
FREE_RELATIVE = re.compile(
    r"""(?: ^\s* | [.:;!?»”"'`(\[]\s* | [#*>-]\s+ )(?:Who|What)\s+(?!is\ your|are\ you)[a-z'\ ]+[^?]*?(?:[.;:!]|$)
        | \bdef\ test_(?:control_)?(?:who|what|whoever|whatever)_""",
    re.VERBOSE,
)
FALSE_FRIENDS = {
    r"letter-spacing": "a property of CSS",
    r"\bletters and digits\b|\b(?:capital|small|first|Latin) letters?\b|\bletters? of the alphabet\b": "characters",
    r"""['"]asked['"]|\basked_at\b""": "a status and a field of the API",
    r"\bwall[ -]clock\b": "the term for real time",
    r"\bROOM-[A-Z]+\b|\bRoom upgrade\b|\boff the room\b": "a hotel's goods in the demo",
    r"\b[Ff]ountain pens?\b|\bPEN(?:-\w+)?\b|\bstationery/pens\b": "the stationer's goods",
}
# A shop's till is a word of the API's prose, but no name in code: say client.
PRIVATE_NAME = re.compile(r"(?:^|_)(?:tills?|sheets?)(?:_|$)", re.IGNORECASE)
# The variable of the stationer's pen in seed data and tests; the database's own role and functions are never a pen.
PEN = re.compile(r"(?<![a-z])pens?(?![a-z])", re.IGNORECASE)
SELLS_PENS = ("hongmi/seed/", "tests/")
LEDGER_PEN = re.compile(r"\b(?:the|one|our|its) pen\b|hongmi_pen", re.IGNORECASE)

# A shrinking budget for each folder, empty when the renaming is done.
LEFT: dict[str, int] = {
    "README.md": 1,
    "README.zh.md": 1,
    "accounts": 2,
    "docs": 4,
    "hongmi": 39,
    "merchants": 44,
    "notifications": 8,
    "points": 156,
    "redemption": 6,
    "tests": 87,
}


@cache
def sources() -> dict[str, str]:
    """Text of every file of a clone, by path."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = [ROOT / name for name in names if name not in SKIPPED]
    return {
        str(path.relative_to(ROOT)): path.read_text() for path in paths if path.is_file() and path.suffix not in BINARY
    }


def findings(name: str, text: str) -> list[str]:
    """The lines of a file with a private word or a free relative clause, as `path:line: text`; line 0 is the path."""
    found = []
    if name.endswith(".po"):
        text = TRANSLATION.sub(lambda match: "\n" * match.group().count("\n"), text)
    for number, line in enumerate([name, *text.split("\n")]):
        rest = line
        for friend in FALSE_FRIENDS:
            rest = re.sub(friend, "", rest)
        words = re.sub(r"([a-z])([A-Z])", r"\1 \2", rest).replace("_", " ")
        if name.startswith(SELLS_PENS) and not LEDGER_PEN.search(rest):
            words = PEN.sub("", words)
        found += [f"{name}:{number}: {line.strip()[:100]}"] * len(PRIVATE.findall(words))
        if FREE_RELATIVE.search(rest):
            found.append(f"{name}:{number}: {line.strip()[:100]}")
    if name.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        names = (token for token in tokens if token.type == tokenize.NAME and PRIVATE_NAME.search(token.string))
        found += [f"{name}:{token.start[0]}: {token.line.strip()[:100]}" for token in names]
    return found


@cache
def found_by_folder() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in sources().items():
        found.setdefault(name.split("/")[0], []).extend(findings(name, text))
    return {folder: lines for folder, lines in found.items() if lines}


def test_every_word_is_the_fields() -> None:
    over = {folder: lines for folder, lines in found_by_folder().items() if len(lines) > LEFT.get(folder, 0)}
    assert not over, "\n".join(line for lines in over.values() for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        "# The house serves everybody.",
        "def told_of(answer): ...",
        "class PostOffice:",
        "CREATE FUNCTION walls_are_open()",
        '"""Who asks is let in."""',
        "    # What is kept stays.",
        "def test_who_leaves_is_gone() -> None: ...",
        "def test_control_what_is_posted_is_done() -> None: ...",
        "The member's leave to spend.",
        "GRANT INSERT ON points_act TO hongmi_pen;",
    ],
)
def test_control_a_private_word_is_found(line: str) -> None:
    assert findings("points/example.txt", line)
    assert findings("tests/example.txt", line)


@pytest.mark.parametrize(
    "line",
    [
        "The greenhouse gas of a warehouse.",
        "h1 { letter-spacing: 0; }",
        "Twelve letters and digits.",
        "<h1>What do you want to change?</h1>",
        'DemoReward("STATIONER", "PEN", GOODS, "stationery/pens", "高级钢笔", "Fountain pen")',
        "# A member may leave at any time.",
        "# A till sends each purchase once.",
    ],
)
def test_control_a_false_friend_is_not_found(line: str) -> None:
    assert findings("points/example.txt", line) == []


def test_control_a_name_in_code_is_found() -> None:
    assert findings("tests/example.py", "till = PartnerClient(shop)  # a till of the shop") == [
        "tests/example.py:1: till = PartnerClient(shop)  # a till of the shop"
    ]


def test_control_a_file_is_found_by_its_name() -> None:
    assert findings("docs/decisions/0012-the-second-wall.md", "")


def test_no_folder_is_a_drawer() -> None:
    """A folder of more than 25 files is packaged by subject; migrations and translations have Django's layout."""
    folders = Counter(str(Path(name).parent) for name in sources())
    exempt = ("migrations", "LC_MESSAGES")
    assert {folder: n for folder, n in folders.items() if n > 25 and not folder.endswith(exempt)} == {}
