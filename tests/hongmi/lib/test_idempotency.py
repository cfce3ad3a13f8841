"""Equality of requests by their hash."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from hongmi.lib import idempotency, idempotency_key, problems

bodies = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers())
)


def read(key: str | None) -> str:
    headers = {} if key is None else {"idempotency-key": key}
    return idempotency_key.read(RequestFactory().post("/", headers=headers))


@pytest.mark.parametrize("key", ["a", "till 7 / 0001", "~" * 255, "x" * 36])
def test_a_printable_key_is_taken_as_it_is(key: str) -> None:
    assert read(key) == key


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_missing"),
        ("  ", "idempotency_key_missing"),
        ("x" * 256, "idempotency_key_invalid"),
        ("红", "idempotency_key_invalid"),
        ("a\tb", "idempotency_key_invalid"),
        ("a\x00", "idempotency_key_invalid"),
    ],
)
def test_any_other_key_is_refused(key: str | None, code: str) -> None:
    with pytest.raises(problems.Problem) as refusal:
        read(key)
    assert (refusal.value.kind.code, refusal.value.kind.status) == (code, 400)


@given(bodies)
def test_the_order_of_keys_makes_no_difference(body: dict[str, object]) -> None:
    turned = dict(reversed(body.items()))
    assert idempotency.request_hash(act="a", body=body) == idempotency.request_hash(act="a", body=turned)


@given(bodies, bodies)
def test_different_bodies_differ(one: dict[str, object], other: dict[str, object]) -> None:
    same = idempotency.request_hash(act="a", body=one) == idempotency.request_hash(act="a", body=other)
    # repr, because to Python True equals 1.
    assert same == (sorted(map(repr, one.items())) == sorted(map(repr, other.items())))


def test_one_body_for_two_intentions_differs() -> None:
    body = {"hold": 1}
    release = idempotency.request_hash(act="hold.release", body=body)
    assert release != idempotency.request_hash(act="hold.capture", body=body)
    assert len(release) == 16


def test_one_moment_written_with_two_offsets_is_the_same() -> None:
    shanghai = datetime(2026, 11, 11, 20, tzinfo=timezone(timedelta(hours=8)))
    body = {"at": shanghai, "on": date(2026, 11, 11), "who": UUID(int=7)}
    other = {"at": shanghai.astimezone(UTC), "on": date(2026, 11, 11), "who": UUID(int=7)}
    assert idempotency.request_hash(act="a", body=body) == idempotency.request_hash(act="a", body=other)


def test_a_value_without_a_canonical_form_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        idempotency.request_hash(act="a", body={"x": object()})
    with pytest.raises(ValueError, match="JSON compliant"):
        idempotency.request_hash(act="a", body={"x": float("nan")})
