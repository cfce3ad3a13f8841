"""Paging through a list by cursor, with Django's own table of groups."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from hongmi.lib import paging, problems

pytestmark = pytest.mark.django_db


def page(address: str, order: Sequence[str] = ("-id",), name: str = "groups") -> paging.Page[Any]:
    return paging.take(Group.objects.all(), request=Request(APIRequestFactory().get(address)), name=name, order=order)


def relative(address: str) -> str:
    return "?" + urlsplit(address).query


def refusal(address: str, **kwargs: Any) -> str:
    with pytest.raises(problems.Problem) as error:
        page(address, **kwargs)
    assert error.value.kind.status == 400
    return error.value.kind.code


@pytest.fixture
def groups() -> list[str]:
    names = [f"group {number:02}" for number in range(7)]
    Group.objects.bulk_create([Group(name=name) for name in names])
    return names


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("order", [("-id",), ("id",), ("-name", "id")])
def test_paging_forward_and_back_returns_every_row_once(groups: list[str], limit: int, order: Sequence[str]) -> None:
    forward, back = [], []
    current = page(f"/?limit={limit}", order)
    assert current.previous is None
    # Bounded, so that a cursor that does not advance fails instead of hanging.
    for _ in groups:
        forward.append([group.name for group in current.rows])
        if current.next is None:
            break
        current = page(relative(current.next), order)
    for _ in groups:
        back.insert(0, [group.name for group in current.rows])
        if current.previous is None:
            break
        current = page(relative(current.previous), order)
    expected = groups if order == ("id",) else groups[::-1]
    assert [name for rows in forward for name in rows] == expected
    assert back == forward


def test_a_row_added_at_the_head_shifts_no_page(groups: list[str]) -> None:
    first = page("/?limit=3")
    Group.objects.create(name="latecomer")
    assert first.next
    assert [group.name for group in page(relative(first.next)).rows] == groups[1:4][::-1]


def test_an_empty_list_has_no_neighbours() -> None:
    assert page("/").body([]) == {"results": [], "next": None, "previous": None}


@pytest.mark.parametrize("limit", ["0", "-1", "201", "１２", "1_0", "1.0", "", " 5", "9" * 5000, "%00", "1e2"])
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    assert refusal(f"/?limit={limit}") == "limit_invalid"


def test_repeated_parameters_are_refused() -> None:
    assert refusal("/?limit=1&limit=2") == "limit_invalid"
    assert refusal("/?cursor=a&cursor=b") == "cursor_invalid"


def test_a_cursor_of_another_list_order_or_key_is_refused(groups: list[str]) -> None:
    cursor = relative(page("/?limit=2").next or "")
    assert refusal(cursor, name="another list") == "cursor_invalid"
    assert refusal(cursor, order=("-name", "id")) == "cursor_invalid"
    assert refusal(cursor.replace("cursor=", "cursor=x")) == "cursor_invalid"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_an_invented_cursor_is_refused(text: str) -> None:
    request = Request(APIRequestFactory().get("/", {"cursor": text}))
    with pytest.raises(problems.Problem):
        paging.take(Group.objects.all(), request=request, name="groups")
