"""Adds the parts that all operations of the API share to its OpenAPI description.

The hook is named in SPECTACULAR_SETTINGS["POSTPROCESSING_HOOKS"]; views only describe their own request and response.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import build_basic_type, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from hongmi.lib import idempotency_key, paging, problems, throttling

_ALSO = "x-also-refuses"
# For `extend_schema(extensions=…)` of a POST that writes nothing and so needs no `Idempotency-Key`.
READS_ONLY = {"x-reads-only": True}
METHODS = ("get", "post", "put", "patch", "delete")

# For `extend_schema(parameters=…)` of a list, after its own query.
_LIMIT = {"type": "integer", "minimum": 1, "maximum": paging.MAX_LIMIT, "default": paging.DEFAULT_LIMIT}
CURSOR_PARAMETERS = [
    OpenApiParameter(
        "cursor", OpenApiTypes.STR, description=gettext_lazy("From `next` or `previous` of another page.")
    ),
    OpenApiParameter("limit", _LIMIT),
]


def also_refuses(*codes: str) -> dict[str, list[str]]:
    """For `extend_schema(extensions=…)`: problems whose status the common parts below do not list."""
    return {_ALSO: list(codes)}


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a `fields.StrictSerializer` as an object without additional properties."""

    target_class = "hongmi.lib.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return described | {"additionalProperties": False}


def page_of(name: str, row: serializers.Serializer[Any]) -> serializers.Serializer[Any]:
    """The serializer of a page of `row`s, for `extend_schema(responses=…)`."""
    return inline_serializer(
        name,
        fields={
            "results": serializers.ListSerializer(child=row),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )


def describe_common_parts(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the Problem schema, the problem answers, the `Idempotency-Key` of writes, the headers of the limits, and the
    list of codes."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _problem_schema()
    components["headers"] = _limit_headers()
    for path, method, operation in _operations(result):
        is_write = method != "get" and not operation.get("x-reads-only")
        if is_write:
            operation.setdefault("parameters", []).append(_idempotency_parameter())
        for status, description in _common_refusals(path, method, is_write=is_write):
            operation["responses"].setdefault(str(status), _problem_response(description))
        for kind in _kinds(operation.pop(_ALSO, ())):
            operation["responses"].setdefault(str(kind.status), _problem_response(str(kind.title)))
        for status, answer in operation["responses"].items():
            names = [*throttling.HEADERS, throttling.RETRY_AFTER] if status == "429" else throttling.HEADERS
            answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    info = result["info"]
    info["description"] = f"{info.get('description', '')}\n\n{_code_table()}".strip()
    return result


def _operations(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in result.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _common_refusals(path: str, method: str, *, is_write: bool) -> Iterator[tuple[int, str]]:
    yield 400, _("The request does not have the required form")
    yield 401, _("Sign in first")
    yield 403, _("Not allowed")
    if "{" in path or method != "get":
        yield 404, _("Not found")
    if method != "get":
        yield 415, _("Send the kind of body that is described above")
    if is_write:
        yield 422, _("Understood, but refused; the code states the reason")
    yield 429, _("Too many requests of this credential, or too many refused ones from this address")


def _kinds(codes: Iterable[str]) -> list[problems.Kind]:
    known = {kind.code: kind for kind in problems.catalogue()}
    return [known[code] for code in codes]


def _problem_response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {problems.CONTENT_TYPE: {"schema": schema}}}


def _problem_schema() -> dict[str, Any]:
    text, whole = build_basic_type(OpenApiTypes.STR), build_basic_type(OpenApiTypes.INT)
    pointed = build_object_type(properties={"pointer": text, "code": text, "detail": text})
    members = {"type": text, "title": text, "status": whole, "detail": text, "code": text, "request_id": text}
    return build_object_type(
        properties={**members, "errors": {"type": "array", "items": pointed}}, required=list(members)
    )


def _limit_headers() -> dict[str, Any]:
    meanings = (
        _("Calls that the window holds"),
        _("Calls that are left in it"),
        _("Seconds until the oldest call leaves it"),
        _("Seconds to wait before the next call"),
    )
    whole = build_basic_type(OpenApiTypes.INT)
    names = (*throttling.HEADERS, throttling.RETRY_AFTER)
    return {name: {"description": meaning, "schema": whole} for name, meaning in zip(names, meanings, strict=True)}


def _idempotency_parameter() -> dict[str, Any]:
    return {
        "in": "header",
        "name": idempotency_key.HEADER,
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!-~][ -~]*$"},
        "description": _(
            "The same key and body give the first answer again; the same key with another body is refused."
        ),
    }


def _code_table() -> str:
    rows = [f"| `{kind.code}` | {kind.status} | {kind.title} |" for kind in problems.catalogue()]
    return "\n".join(["| code | status | |", "|---|---|---|", *rows])
