"""The layout of the tree: names of modules, pure modules without a clock, paths of one machine, migrations."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parent.parent
VAGUE = re.compile(r"(^|/)(utils|helpers|common|services|signals|misc)(\.py$|/)")
CLOCKS = {"now", "today", "utcnow", "localdate", "localtime", "time_ns"}
# A path of one machine or registry, which is meaningless in a clone.
PLACES = re.compile(r"(?<![\w.])/(work|farm|root|home)/")


def tracked(*patterns: str) -> list[Path]:
    """The files of a clone, including new ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_every_module_name_states_a_purpose() -> None:
    assert [str(path) for path in tracked("*.py") if VAGUE.search(str(path.relative_to(ROOT)))] == []


def pure_modules() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract["source_modules"] for contract in contracts if contract["id"] == "pure")


@pytest.mark.parametrize("module", [*pure_modules(), "points.ledger.functions", "points.operations"])
def test_time_is_an_argument(module: str) -> None:
    path = ROOT / module.replace(".", "/")
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    calls = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert calls == []


def test_no_file_names_a_place_of_one_machine() -> None:
    named = []
    for path in tracked():
        if path.suffix not in {".png", ".mo", ".woff2", ".otf", ".ttf"} and path != Path(__file__):
            found = PLACES.findall(path.read_text(errors="replace"))
            named += [f"{path.relative_to(ROOT)}: /{place}/" for place in found]
    assert named == []


def test_the_lock_names_no_place() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host", lock)


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def requirements() -> list[str]:
    """For each distribution of requirements.in a pattern of its name and of the modules that it installs."""
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(canonical(distribution), set()).add(module)
    lines = (ROOT / "requirements.in").read_text().splitlines()
    names = [match[0] for line in lines if (match := re.match(r"[A-Za-z][\w-]*", line))]
    return ["|".join(map(re.escape, sorted({name, *modules.get(canonical(name), set())}))) for name in names]


def test_every_requirement_is_used() -> None:
    files = [path for path in tracked("*.py", "*.html", "pyproject.toml", "Makefile") if path != Path(__file__)]
    text = "\n".join(path.read_text() for path in files)
    assert [names for names in requirements() if not re.search(rf"(?<![\w-])({names})(?![\w-])", text)] == []


def test_the_migrations_match_the_models(committed_db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
