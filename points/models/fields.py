"""One column type that Django does not know."""

from typing import Any

from django.db import models


class Xid8Field(models.Field[Any, Any]):
    """PostgreSQL's 64-bit transaction id: what the sealer compares with the oldest running transaction."""

    def db_type(self, connection: Any) -> str:
        return "xid8"
