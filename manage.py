#!/usr/bin/env python
"""Management commands. Beside a running demo they use the demo's servers."""

import os
import sys
from pathlib import Path

import environ

# These neither serve requests nor touch data: an image is built with `collectstatic` before there are secrets, `check`
# prints the missing settings, the next ones write source code.
HARMLESS = {"check", "collectstatic", "makemigrations", "postman", "spectacular", "help", "version"}
MIGRATES = {"migrate", "prepare_demo", "showmigrations", "sqlmigrate"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongmi.settings")
    if "DATABASE_URL" not in os.environ:
        demo = Path(os.environ.get("HONGMI_STATE_DIR", Path(__file__).parent / ".state")) / "demo.env"
        if demo.exists():
            environ.Env.read_env(demo)
    import django
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and sys.argv[1].lstrip("-") not in HARMLESS:
        django.setup()
        from hongmi import checks

        checks.refuse_to_start(migrates=sys.argv[1] in MIGRATES)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
