"""Whose address counts: two members behind one proxy are two, and nobody chooses their own."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from hongmi.lib.client_address import client_address, network_of

PROXY = "192.0.2.9"
ALICE, BOB, FORGED = "203.0.113.1", "203.0.113.2", "198.51.100.7"


def seen(settings: Any, *, proxies: int, noted: str | None, peer: str = PROXY) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if noted is None else {"X-Forwarded-For": noted}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


def test_two_behind_one_proxy_are_two(settings: Any) -> None:
    assert seen(settings, proxies=1, noted=ALICE) == ALICE
    assert seen(settings, proxies=1, noted=BOB) == BOB


@pytest.mark.parametrize("noted", [None, "", FORGED, f"{FORGED}, {FORGED}"])
def test_without_a_proxy_the_header_counts_for_nothing(settings: Any, noted: str | None) -> None:
    assert seen(settings, proxies=0, noted=noted, peer=ALICE) == ALICE


@pytest.mark.parametrize(
    ("proxies", "noted"),
    [(1, f"{FORGED}, {ALICE}"), (1, f"{FORGED},{FORGED},{ALICE}"), (2, f"{FORGED}, {ALICE}, {PROXY}"),
     (2, f"{ALICE},{PROXY}"), (1, f"nonsense, {ALICE} ")],
)  # fmt: skip
def test_what_stands_before_the_trusted_ones_counts_for_nothing(settings: Any, proxies: int, noted: str) -> None:
    assert seen(settings, proxies=proxies, noted=noted) == ALICE


@pytest.mark.parametrize("noted", [None, "", "nonsense", "203.0.113.1:80", "1" * 10_000])
def test_a_proxy_that_notes_no_address_leaves_that_of_the_connection(settings: Any, noted: str | None) -> None:
    assert seen(settings, proxies=1, noted=noted) == PROXY


def test_who_came_around_the_outer_proxy_cannot_choose_either(settings: Any) -> None:
    assert seen(settings, proxies=2, noted=FORGED) == PROXY


def test_an_address_has_one_spelling(settings: Any) -> None:
    assert seen(settings, proxies=1, noted="2001:DB8::0:1") == "2001:db8::1"
    assert seen(settings, proxies=0, noted=None, peer=f"::ffff:{ALICE}") == ALICE


def test_the_log_names_the_same_address(settings: Any, client: Client) -> None:
    settings.TRUSTED_PROXIES = 1
    with capture_logs(processors=[merge_contextvars]) as told:
        client.get("/healthz/", headers={"X-Forwarded-For": f"{FORGED}, {ALICE}"})
    assert {entry["ip"] for entry in told if "ip" in entry} == {ALICE}


def test_a_subscriber_is_an_address_or_a_64_of_them() -> None:
    assert {network_of("2001:db8::1"), network_of("2001:db8::ffff:2")} == {"2001:db8::"}
    assert network_of("2001:db8:0:1::1") == "2001:db8:0:1::"
    assert (network_of(ALICE), network_of(f"::ffff:{BOB}"), network_of("a name")) == (ALICE, BOB, "a name")
