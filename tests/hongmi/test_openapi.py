"""The description of the API: valid, complete, and its page served from here."""

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
    """Fails on the first warning: what cannot be described is described wrongly."""
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


def test_every_call_names_its_scope_its_answers_and_its_refusals(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        for method, call in item.items():
            assert call["security"][0]["partner"], path
            assert call["description"], path
            assert {"400", "401", "403", "429"} <= set(call["responses"]), path
            assert {"200", "201"} & set(call["responses"]), path
            names = [one["name"] for one in call.get("parameters", [])]
            writes = method == "post" and not path.endswith(("/preview", "/query"))
            assert ("Idempotency-Key" in names) == writes, path


def test_every_answer_tells_the_limit_and_a_429_how_long_to_wait(schema: dict[str, Any]) -> None:
    told = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    assert set(schema["components"]["headers"]) == told | {"Retry-After"}
    for path, item in schema["paths"].items():
        for call in item.values():
            for status, answer in call["responses"].items():
                assert set(answer["headers"]) == told | ({"Retry-After"} if status == "429" else set()), (path, status)


def test_every_problem_code_is_listed_in_the_description_and_in_the_docs(schema: dict[str, Any]) -> None:
    written = (ROOT / "docs" / "api.md").read_text()
    for kind in problems.catalogue():
        if kind.code.startswith("test_"):
            continue
        assert f"| `{kind.code}` | {kind.status} |" in schema["info"]["description"]
        assert f"| `{kind.code}` | {kind.status} |" in written, kind.code


def test_ids_are_described_as_strings_and_amounts_as_integers(schema: dict[str, Any]) -> None:
    purchase = schema["components"]["schemas"]["Purchase"]["properties"]
    assert (purchase["store_id"]["type"], purchase["amount_fen"]["type"]) == ("string", "integer")
    assert purchase["member_id"]["format"] == "uuid"


def test_every_body_says_that_it_takes_no_other_field_and_no_empty_text(schema: dict[str, Any]) -> None:
    """Else clients are generated that send what is refused."""
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
        for field, said in parts[name].get("properties", {}).items():
            if said.get("type") == "string" and not {"format", "pattern", "enum"} & set(said):
                assert said["minLength"] == 1, (name, field)
    assert {"PurchaseLine", "Address", "Logo", "Release"} <= seen


def named(part: Any) -> set[str]:
    """The schemas that a part of the description refers to."""
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(part)))


def test_a_list_says_how_it_is_paged(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        answer = item.get("get", {}).get("responses", {}).get("200", {})
        if any(name.endswith("Page") for name in named(answer)):
            told = {one["name"]: one["schema"] for one in item["get"]["parameters"]}
            assert told["cursor"]["type"] == "string", path
            assert (told["limit"]["minimum"], told["limit"]["maximum"]) == (1, 200), path


@pytest.mark.parametrize("path", ["/api/docs", "/api/schema.json"])
def test_the_description_is_open_to_everybody(path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_docs_page_takes_nothing_from_elsewhere() -> None:
    page = Client().get("/api/docs").content.decode()
    assert "swagger" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_docs_page_works_in_a_browser(page: Any) -> None:
    """Its scripts run under our own content security policy, and nothing is asked of another server."""
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/api/docs")
    page.get_by_text("/api/v1/purchases", exact=True).wait_for()
    page.locator("#operations-purchases-book_purchase").click()
    page.get_by_text("Idempotency-Key").first.wait_for()
    base_url = page.url.split("/api/docs")[0]
    assert [url for url in asked if not url.startswith((base_url, "data:"))] == []
    assert complaints == []
