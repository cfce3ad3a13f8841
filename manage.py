#!/usr/bin/env python
"""Management commands. Beside a running demo they speak to the demo's own servers."""

import os
import sys
from pathlib import Path

import environ


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongmi.settings")
    if "DATABASE_URL" not in os.environ:
        demo = Path(os.environ.get("HONGMI_STATE_DIR", Path(__file__).parent / ".state")) / "demo.env"
        if demo.exists():
            environ.Env.read_env(demo)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
