"""Columns whose law is their type, and laws of whole rows (reason in points/ledger/sql/types/whole_number.sql)."""

from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL


class Xid8Field(models.Field[Any, Any]):
    """PostgreSQL's 64-bit transaction id: what the sealer compares with the oldest running transaction."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class WholeNumberField(models.BigIntegerField[Any, Any]):
    """0 or more."""

    def db_type(self, connection: Any) -> str:
        return "whole_number"


class CountingNumberField(models.BigIntegerField[Any, Any]):
    """1 or more."""

    def db_type(self, connection: Any) -> str:
        return "counting_number"


class ReferenceField(models.CharField[Any, Any]):
    def db_type(self, connection: Any) -> str:
        return "reference"


class RequestHashField(models.BinaryField[Any, Any]):
    def db_type(self, connection: Any) -> str:
        return "request_hash"


class Law(RawSQL):
    """The condition of a CHECK, in SQL as short as can be, because its text is parsed for every statement.

    Like any CHECK it lets NULL pass.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, (), models.BooleanField())
