"""Run uv with pip's settings: behind a company's mirror or certificate people configure pip, which uv does not read.

`python hongmi/uv.py pip sync …` needs only the standard library and the virtual environment's pip and uv.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

# pip's setting → uv's variable. Lists are separated by spaces, in UV_FIND_LINKS by commas.
VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
# From the weakest to the strongest, as pip reads them.
SECTIONS = ("global", "install", ":env:")


def pip_settings() -> dict[str, str]:
    """The settings in force, from pip's configuration files and PIP_… variables."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    by_section: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in lines:
        name, _, value = line.partition("=")
        section, _, setting = name.rpartition(".")
        if section in by_section:
            by_section[section][setting] = str(ast.literal_eval(value))
    return {setting: value for section in SECTIONS for setting, value in by_section[section].items()}


def variables(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """uv's variables for pip's settings; what the environment already sets for uv stays."""
    found = {
        variable: " ".join(settings[setting].split())
        for setting, variable in VARIABLES.items()
        if settings.get(setting) and variable not in environment
    }
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    if "UV_INDEX" in found:
        # As pip does: the first index that knows a package need not have every version. The lock's hashes protect us.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def main(arguments: list[str]) -> None:
    environment = os.environ | variables(pip_settings(), os.environ)
    sys.exit(subprocess.run([sys.executable, "-m", "uv", *arguments], env=environment).returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
