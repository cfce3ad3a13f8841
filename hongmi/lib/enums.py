"""Columns whose type is a PostgreSQL enum, so that the database, exports and Python say the same names."""

from typing import Any

from django.db import models


class EnumField(models.CharField[Any, Any]):
    """A column of the enum type `db_enum`, which the app's first migration creates before its tables."""

    def __init__(self, *args: Any, db_enum: str, **kwargs: Any) -> None:
        self.db_enum = db_enum
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        return self.db_enum

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"db_enum": self.db_enum}
