"""docs/operations.md names the variables, metrics and commands that exist."""

import re

from tests.environment import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text()


def test_the_table_of_variables_is_exactly_what_the_settings_read() -> None:
    sources = "\n".join(file.read_text() for file in (ROOT / "hongmi" / "settings").glob("*.py"))
    read = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", sources))
    chapter = GUIDE.partition("## Environment variables")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE)
    assert set(listed) == read
    assert len(listed) == len(set(listed))


def test_the_table_of_alerts_names_every_metric_of_ours() -> None:
    packages = ("hongmi", "notifications", "accounts", "merchants", "points", "redemption")
    sources = "\n".join(file.read_text() for package in packages for file in (ROOT / package).rglob("*.py"))
    defined = set(re.findall(r"(?:Gauge|Counter|gauge|counter)\(\s*\"(hongmi_\w+)\"", sources))
    assert set(re.findall(r"`(hongmi_[a-z_]+)`", GUIDE)) - {"hongmi_app", "hongmi_owner"} == defined


def test_every_management_command_of_the_guide_exists() -> None:
    commands = set(re.findall(r"manage\.py (\w+)", GUIDE)) - {"collectstatic"}
    assert {"assign_role", "migrate", "reseal_identities", "verify_seal"} <= commands
    assert [name for name in commands if not list(ROOT.glob(f"*/management/commands/{name}.py"))] == []
