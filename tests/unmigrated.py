"""Settings under which `migrate --run-syncdb` makes every table from its model, without a migration."""

from typing import Any

from hongmi.settings import *  # noqa: F403


class _NoMigrations(dict[str, Any]):
    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = _NoMigrations()
