"""The caller's address: two members behind one proxy have two addresses, and nobody can forge one."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from hongmi.lib.client_address import client_address, network_of

PROXY = "192.0.2.9"
ALICE, BOB, FORGED = "203.0.113.1", "203.0.113.2", "198.51.100.7"


def address_of(settings: Any, *, proxies: int, forwarded: str | None, peer: str = PROXY) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


def test_two_callers_behind_one_proxy_have_two_addresses(settings: Any) -> None:
    assert address_of(settings, proxies=1, forwarded=ALICE) == ALICE
    assert address_of(settings, proxies=1, forwarded=BOB) == BOB


@pytest.mark.parametrize("forwarded", [None, "", FORGED, f"{FORGED}, {FORGED}"])
def test_without_a_proxy_the_header_is_ignored(settings: Any, forwarded: str | None) -> None:
    assert address_of(settings, proxies=0, forwarded=forwarded, peer=ALICE) == ALICE


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [(1, f"{FORGED}, {ALICE}"), (1, f"{FORGED},{FORGED},{ALICE}"), (2, f"{FORGED}, {ALICE}, {PROXY}"),
     (2, f"{ALICE},{PROXY}"), (1, f"nonsense, {ALICE} ")],
)  # fmt: skip
def test_entries_before_the_trusted_ones_are_ignored(settings: Any, proxies: int, forwarded: str) -> None:
    assert address_of(settings, proxies=proxies, forwarded=forwarded) == ALICE


@pytest.mark.parametrize("forwarded", [None, "", "nonsense", "203.0.113.1:80", "1" * 10_000])
def test_without_a_valid_entry_the_address_of_the_connection_counts(settings: Any, forwarded: str | None) -> None:
    assert address_of(settings, proxies=1, forwarded=forwarded) == PROXY


def test_a_caller_who_bypassed_the_outer_proxy_cannot_forge_an_address(settings: Any) -> None:
    assert address_of(settings, proxies=2, forwarded=FORGED) == PROXY


def test_an_address_is_normalised(settings: Any) -> None:
    assert address_of(settings, proxies=1, forwarded="2001:DB8::0:1") == "2001:db8::1"
    assert address_of(settings, proxies=0, forwarded=None, peer=f"::ffff:{ALICE}") == ALICE


def test_the_log_holds_the_same_address(settings: Any, client: Client) -> None:
    settings.TRUSTED_PROXIES = 1
    with capture_logs(processors=[merge_contextvars]) as logged:
        client.get("/healthz/", headers={"X-Forwarded-For": f"{FORGED}, {ALICE}"})
    assert {entry["ip"] for entry in logged if "ip" in entry} == {ALICE}


def test_the_network_is_an_ipv4_address_or_an_ipv6_64() -> None:
    assert {network_of("2001:db8::1"), network_of("2001:db8::ffff:2")} == {"2001:db8::"}
    assert network_of("2001:db8:0:1::1") == "2001:db8:0:1::"
    assert (network_of(ALICE), network_of(f"::ffff:{BOB}"), network_of("a name")) == (ALICE, BOB, "a name")
