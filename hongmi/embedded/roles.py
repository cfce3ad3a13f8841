"""The three database roles, created by hongmi/sql/roles.sql, which docker-compose runs too."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

OWNER = "hongmi_owner"
APP = "hongmi_app"
FOLDER = Path(__file__).parent.parent / "sql"


def set_up(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Create what is missing and set the passwords of hongmi_owner and hongmi_app, which `passwords` holds by name."""
    with connection.transaction():
        for setting, role in (("hongmi.owner_password", OWNER), ("hongmi.app_password", APP)):
            connection.execute("SELECT set_config(%s, %s, true)", [setting, passwords[role]])
        connection.execute(sql.SQL((FOLDER / "roles.sql").read_text()))
