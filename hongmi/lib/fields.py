"""Fields and serializers that take a value only in the one form the API documents.

DRF's own fields are obliging: `"１２"`, `"1_0"`, `true` and `1.0` are integers to them, a datetime without an offset is
local time, an unknown key is ignored. Each of these books something the caller did not mean.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

BIGINT_MAX = 2**63 - 1

# Bidirectional overrides let a text show another text than it stores.
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"0|[1-9][0-9]{0,18}")
# Outside these years shifting to another offset overflows, and nobody buys anything.
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: no string, no float, no boolean. Bounded by a database bigint where no closer bound is given."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -BIGINT_MAX)
        kwargs.setdefault("max_value", BIGINT_MAX)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class DigitsField(serializers.IntegerField):
    """An integer ≥ 0 written in ASCII digits without leading zeros, as addresses carry it (`?limit=20`)."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


@extend_schema_field({"type": "string", "pattern": "^[1-9][0-9]{0,18}$"})
class DecimalIdField(serializers.Field[int, str, str, Any]):
    """An id: inside a bigint, outside its decimal string, because JavaScript rounds numbers above 2^53."""

    default_error_messages: ClassVar = {"invalid": _("An id is a string of digits.")}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data) or not 0 < int(data) <= BIGINT_MAX:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> str:
        return str(value)


@extend_schema_field({"type": "string", "minLength": 1})
class StrictCharField(serializers.CharField):
    """A JSON string of at most `max_length` characters, kept as sent.

    Refused rather than mended: control characters, lone surrogates, bidirectional overrides, and white space around
    the text, because a reference that differs from what was sent cannot be found again.
    """

    default_error_messages: ClassVar = {
        "unprintable": _("Control characters are not allowed."),
        "surrounded": _("Remove the white space around the text."),
    }

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if any(unicodedata.category(character) in ("Cc", "Cs") or character in _BIDI_OVERRIDES for character in data):
            self.fail("unprintable")
        if data != data.strip():
            self.fail("surrounded")
        return data


class StrictBooleanField(serializers.BooleanField):
    """`true` or `false`; not 1, not "yes"."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=type(data).__name__)
        return data


class StrictChoiceField(serializers.ChoiceField):
    """One of the choices, as a JSON string."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)


class NameField(StrictChoiceField):
    """A member of a TextChoices by its value (`"green"`)."""

    def __init__(self, names: type[TextChoices], **kwargs: Any) -> None:
        self.names = names
        super().__init__(choices=names.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return self.names(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return str(self.names(value))


class StrictUUIDField(serializers.UUIDField):
    """A UUID in its hyphenated form."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("invalid", value=type(data).__name__)
        return UUID(data)


class AwareDateTimeField(serializers.DateTimeField):
    """A moment in ISO 8601 with its offset (`2026-11-11T20:00:00+08:00` or `…Z`)."""

    default_error_messages: ClassVar = {
        "invalid": _("A moment looks like 2026-11-11T20:00:00+08:00; in an address write + as %2B."),
        "no_offset": _("The offset is missing: add +08:00 or Z."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.fail("invalid")
        if match[2] is None:
            self.fail("no_offset")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            self.fail("invalid")
        return moment


class StrictDateField(serializers.DateField):
    """A day as `2026-11-11`."""

    default_error_messages: ClassVar = {"invalid": _("A day looks like 2026-11-11.")}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            self.fail("invalid")
        return day


class StrictListField(serializers.ListField):
    """1 to `max_length` items, counted before they are looked at: half a million wrong ones cost nothing."""

    def __init__(self, *, child: serializers.Field[Any, Any, Any, Any], max_length: int, **kwargs: Any) -> None:
        self.most = max_length
        super().__init__(child=child, min_length=1, max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.most:
            self.fail("max_length", max_length=self.most)
        return super().to_internal_value(data)


class UnjudgedListField(StrictListField):
    """A list whose items are taken as they came; the OpenAPI description still says what they should be."""

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know, because a misspelt optional field would silently do nothing."""

    default_error_messages: ClassVar = {"unknown": _("Unknown field.")}
    MAX_UNKNOWN_LISTED = 20

    @classmethod
    def read_body(cls, request: Request, **kwargs: Any) -> Any:
        """The validated body of `request`, or DRF's ValidationError."""
        serializer = cls(data=request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def to_internal_value(self, data: Any) -> Any:
        unknown: dict[str, list[Any]] = {}
        if isinstance(data, Mapping):
            unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, list[Any]]:
        known = {field.field_name for field in self._writable_fields}
        names = [str(key) for key in data if key not in known][: self.MAX_UNKNOWN_LISTED]
        message = str(self.error_messages["unknown"])
        return {name[:64]: [serializers.ErrorDetail(message, code="unknown_field")] for name in names}


class QuerySerializer(StrictSerializer):
    """The parameters of an address: unknown and repeated ones are refused, an empty one is not a missing one."""

    default_error_messages: ClassVar = {"repeated": _("Given more than once.")}

    @classmethod
    def read(cls, request: Request, **kwargs: Any) -> dict[str, Any]:
        """The validated parameters of `request`, or DRF's ValidationError."""
        serializer = cls(data=dict(request.query_params.lists()), **kwargs)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        repeated = [name for name, values in data.items() if len(values) > 1]
        if repeated:
            message = str(self.error_messages["repeated"])
            raise serializers.ValidationError(
                {name[:64]: [serializers.ErrorDetail(message, code="repeated")] for name in repeated}
            )
        return super().to_internal_value({name: values[0] for name, values in data.items()})
