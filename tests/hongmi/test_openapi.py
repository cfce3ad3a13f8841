"""The OpenAPI description is valid and complete, and its page loads nothing from other hosts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from hongmi.lib import problems

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Fails on the first warning of drf-spectacular."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    described: dict[str, Any] = json.loads(file.read_text())
    return described


def addresses(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found.append(path)
        else:
            found += addresses(entry, path)
    return found


def test_every_address_of_the_api_is_described(schema: dict[str, Any]) -> None:
    served = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{path}") for path in addresses(get_resolver())}
    assert {path for path in served if path.startswith("/api/v1/")} == set(schema["paths"])


def test_every_call_lists_its_scope_responses_and_refusals(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        for method, call in item.items():
            assert call["security"][0]["partner"], path
            assert call["description"], path
            assert {"400", "401", "403", "429"} <= set(call["responses"]), path
            assert {"200", "201"} & set(call["responses"]), path
            names = [one["name"] for one in call.get("parameters", [])]
            writes = method == "post" and not path.endswith(("/preview", "/query"))
            assert ("Idempotency-Key" in names) == writes, path


def test_every_response_has_the_limit_headers_and_a_429_retry_after(schema: dict[str, Any]) -> None:
    limits = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    assert set(schema["components"]["headers"]) == limits | {"Retry-After"}
    for path, item in schema["paths"].items():
        for call in item.values():
            for status, response in call["responses"].items():
                expected = limits | ({"Retry-After"} if status == "429" else set())
                assert set(response["headers"]) == expected, (path, status)


def test_every_problem_code_is_listed_in_the_description_and_in_the_docs(schema: dict[str, Any]) -> None:
    documented = (ROOT / "docs" / "api.md").read_text()
    for kind in problems.catalogue():
        if kind.code.startswith("test_"):
            continue
        assert f"| `{kind.code}` | {kind.status} |" in schema["info"]["description"]
        assert f"| `{kind.code}` | {kind.status} |" in documented, kind.code


def test_ids_are_described_as_strings_and_amounts_as_integers(schema: dict[str, Any]) -> None:
    purchase = schema["components"]["schemas"]["Purchase"]["properties"]
    assert (purchase["store_id"]["type"], purchase["amount_fen"]["type"]) == ("string", "integer")
    assert purchase["member_id"]["format"] == "uuid"


def test_every_body_forbids_additional_properties_and_empty_texts(schema: dict[str, Any]) -> None:
    """Otherwise generated clients would send bodies that are refused."""
    parts = schema["components"]["schemas"]
    waiting = {part for item in schema["paths"].values() for part in named(item.get("post", {}).get("requestBody", {}))}
    seen: set[str] = set()
    while waiting - seen:
        name = min(waiting - seen)
        seen.add(name)
        waiting |= named(parts[name])
        if "enum" in parts[name]:
            continue
        assert parts[name]["additionalProperties"] is False, name
        for field, schema_of_field in parts[name].get("properties", {}).items():
            if schema_of_field.get("type") == "string" and not {"format", "pattern", "enum"} & set(schema_of_field):
                assert schema_of_field["minLength"] == 1, (name, field)
    assert {"PurchaseLine", "Address", "Logo", "Release"} <= seen


def named(part: Any) -> set[str]:
    """The schemas that a part of the description refers to."""
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(part)))


def test_a_list_describes_its_paging(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        answer = item.get("get", {}).get("responses", {}).get("200", {})
        if any(name.endswith("Page") for name in named(answer)):
            parameters = {one["name"]: one["schema"] for one in item["get"]["parameters"]}
            assert parameters["cursor"]["type"] == "string", path
            assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 200), path


@pytest.mark.parametrize("path", ["/api/docs", "/api/schema.json"])
def test_the_description_is_public(path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_docs_page_loads_nothing_from_other_hosts() -> None:
    page = Client().get("/api/docs").content.decode()
    assert "swagger" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_docs_page_works_in_a_browser(page: Any) -> None:
    """Its scripts run under our own content security policy, without requests to other servers."""
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/api/docs")
    page.get_by_text("/api/v1/purchases", exact=True).wait_for()
    page.locator("#operations-purchases-book_purchase").click()
    page.get_by_text("Idempotency-Key").first.wait_for()
    base_url = page.url.split("/api/docs")[0]
    assert [url for url in requested if not url.startswith((base_url, "data:"))] == []
    assert complaints == []
