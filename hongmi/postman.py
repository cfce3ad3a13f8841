"""Builds a Postman collection from the OpenAPI description. Pure: the OpenAPI document in, the collection out.

Format: schema.getpostman.com/json/collection/v2.1.0. Variables: base_url, client_id, client_secret, token.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

METHODS: Final = ("get", "post", "put", "patch", "delete")
SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
# Stores the token of the first request for all others.
_AFTER_SIGN_IN: Final = 'pm.collectionVariables.set("token", pm.response.json().access_token);'
_AS_JSON: Final = {"raw": {"language": "json"}}
_DEEPEST: Final = 6


def collection(api: Mapping[str, Any]) -> dict[str, Any]:
    """Every operation as a request with an example body, in folders by the first segment of its path."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for path, item in sorted(api["paths"].items()):
        name = path.removeprefix("/api/v1/").split("/")[0]
        folders.setdefault(name, []).extend(
            _request(api, path, method, item[method]) for method in METHODS if method in item
        )
    return {
        "info": {"name": api["info"]["title"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": name, "value": ""} for name in ("base_url", "client_id", "client_secret", "token")],
        "item": [_token(), *({"name": name, "item": requests} for name, requests in folders.items())],
    }


def _token() -> dict[str, Any]:
    pairs = {
        "grant_type": "client_credentials",
        "client_id": "{{client_id}}",
        "client_secret": "{{client_secret}}",
    }
    return {
        "name": "token",
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": [_AFTER_SIGN_IN]}}],
        "request": {
            "auth": {"type": "noauth"},
            "method": "POST",
            "url": "{{base_url}}/oauth/token",
            "body": {
                "mode": "urlencoded",
                "urlencoded": [{"key": key, "value": value} for key, value in pairs.items()],
            },
        },
    }


def _request(api: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    names = [one["name"] for one in parameters if one["in"] == "query"]
    made: dict[str, Any] = {
        "method": method.upper(),
        "header": [{"key": "Accept-Language", "value": "zh-hans"}],
        "url": {
            "raw": "{{base_url}}" + re.sub(r"\{(\w+)\}", r":\1", path),
            "host": ["{{base_url}}"],
            "path": re.sub(r"\{(\w+)\}", r":\1", path).strip("/").split("/"),
            "query": [{"key": name, "value": "", "disabled": True} for name in names],
            "variable": [{"key": name, "value": ""} for name in re.findall(r"\{(\w+)\}", path)],
        },
    }
    if any(one["in"] == "header" and one["name"] == "Idempotency-Key" for one in parameters):
        made["header"].append({"key": "Idempotency-Key", "value": "{{$guid}}"})
    content = operation.get("requestBody", {}).get("content", {})
    if form := content.get("multipart/form-data"):
        made["body"] = {"mode": "formdata", "formdata": _form(api, form["schema"])}
    if body := content.get("application/json"):
        made["header"].append({"key": "Content-Type", "value": "application/json"})
        made["body"] = {"mode": "raw", "raw": _text(_example(api, body["schema"])), "options": _AS_JSON}
    return {"name": operation["operationId"], "request": made}


def _form(api: Mapping[str, Any], schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a form; the sender chooses the file."""
    form = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return [
        {"key": name, "type": "file", "src": ""}
        if one.get("format") == "binary"
        else {"key": name, "type": "text", "value": str(_example(api, one))}
        for name, one in form["properties"].items()
    ]


def _text(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)


def _example(api: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits `schema`, for people to overwrite."""
    if "$ref" in schema:
        return _example(api, api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], depth)
    if "allOf" in schema or "oneOf" in schema:
        return _example(api, (schema.get("allOf") or schema["oneOf"])[0], depth)
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {}) if depth < _DEEPEST else {}
        return {name: _example(api, one, depth + 1) for name, one in properties.items()}
    if kind == "array":
        return [_example(api, schema["items"], depth + 1)]
    return _SCALARS.get(schema.get("format") or str(kind), _SCALARS.get(str(kind), ""))


_SCALARS: Final[Mapping[str, Any]] = {
    "integer": 1,
    "number": 1,
    "boolean": False,
    "string": "",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "date": "2026-11-11",
    "date-time": "2026-11-11T20:00:00+08:00",
}
