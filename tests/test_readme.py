"""The commands, files and figures of both READMEs exist and are right."""

import re
import subprocess
from pathlib import Path

import pytest

from hongmi.management.commands.load_demo import CDNOW_FILE
from hongmi.seed import personas, shop_list
from points import purchase_file

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh.md"]
# Numbers that the READMEs spell out.
SPELLED = {8: ("eight", "八"), 9: ("nine", "九"), 10: ("ten", "十"), 11: ("eleven", "十一"), 12: ("twelve", "十二")}


def code_spans(readme: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", (ROOT / readme).read_text())


@pytest.mark.parametrize("readme", READMES)
def test_every_file_the_readme_names_exists(readme):
    names = {span for span in code_spans(readme) if re.fullmatch(r"[\w./-]+\.(py|sql|md|yml|toml|example)", span)}
    linked = set(re.findall(r"\]\(([\w./-]+)\)", (ROOT / readme).read_text()))
    assert len(names) > 10
    assert [name for name in sorted(names | linked) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_the_readme_names_exists(readme):
    text = (ROOT / readme).read_text()
    targets = set(re.findall(r"\bmake (\w+)", text))
    assert {"demo", "test", "bench", "campaign"} <= targets
    for target in sorted(targets):
        made = subprocess.run(["make", "--dry-run", target, "NAME=x"], cwd=ROOT, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("readme", READMES)
def test_every_management_command_the_readme_names_exists(readme):
    text = (ROOT / readme).read_text()
    for command in set(re.findall(r"manage\.py (\w+)", text)) - {"命令"}:
        assert list(ROOT.glob(f"*/management/commands/{command}.py")), command


def test_every_campaign_the_readme_names_has_a_test():
    names = set(re.findall(r"make campaign NAME=(\w+)`[^`]*", (ROOT / "README.md").read_text()))
    row = next(line for line in (ROOT / "README.md").read_text().splitlines() if "a long test" in line)
    names |= set(re.findall(r"`(\w+)`", row.split("|")[2]))
    sources = "\n".join(
        file.read_text() for file in (ROOT / "tests").rglob("test_*.py") if "campaign" in file.read_text()
    )
    paths = " ".join(str(file) for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in sorted(names) if name not in sources and name not in paths] == []


def test_the_two_readmes_have_the_same_chapters_and_code():
    chapters = [len(re.findall(r"^## ", (ROOT / readme).read_text(), re.MULTILINE)) for readme in READMES]
    assert chapters[0] == chapters[1]
    code = [
        re.findall(r"^(make \w+|DATABASE_OWNER_URL=\S+ make \w+)", (ROOT / r).read_text(), re.MULTILINE)
        for r in READMES
    ]
    assert code[0] == code[1]


def test_the_readmes_state_the_number_of_shops_and_members_of_the_demo():
    special = {shop_list.PLATFORM, shop_list.CDNOW}
    shops = sum(shop.code not in special and shop.life == shop_list.LIVE for shop in shop_list.MERCHANTS)
    sentences = [(r"(\w+) shops, web", r"(\w+) members with purchases"), ("、([一-龥]+)家商店", "([一-龥]+)位会员经历")]
    for language, (readme, (of_shops, of_members)) in enumerate(zip(READMES, sentences, strict=True)):
        text = (ROOT / readme).read_text()
        assert re.findall(of_shops, text) == [SPELLED[shops][language]]
        assert re.findall(of_members, text) == [SPELLED[len(personas.MEMBERS)][language]]


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_figures_of_cdnow_are_those_of_the_file(readme):
    with purchase_file.open_file(CDNOW_FILE) as file:
        amounts = [entry.amount_fen for entry in purchase_file.read(file)]
    text = (ROOT / readme).read_text()
    assert re.findall(r"([\d,]+) (?:real purchases|笔真实消费)", text) == [f"{len(amounts):,}"]
    assert re.findall(r"([\d,]{9,}) (?:points|积分)", text) == [f"{sum(fen // 100 for fen in amounts):,}"]
