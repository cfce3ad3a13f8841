from datetime import UTC, datetime, timedelta, timezone

import pytest

from points.transparency import canonical


def test_it_sorts_keys_as_rfc_8785_does() -> None:
    """The example of RFC 8785 §3.2.3: by UTF-16 code units, so a surrogate pair comes before U+FB33."""
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    expected = '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'
    assert canonical.encode(names).decode() == expected


def test_it_escapes_as_rfc_8785_does() -> None:
    """The string of the example of RFC 8785 §3.2.2."""
    assert canonical.encode('\u20ac$\u000f\nA\'B"\\\\"/').decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ([True, False, 0, -1], "[true,false,0,-1]"),
        ({"points": 2**63 - 1, "lots": (), "名": {}}, '{"lots":[],"points":9223372036854775807,"名":{}}'),
    ],
)
def test_it_writes_without_spaces(value: object, text: str) -> None:
    assert canonical.encode(value).decode() == text


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**63, b"", {1: 2}, {1, 2}, "\ud800", {"\udfff": 1}])
def test_it_refuses_a_value_without_a_single_spelling(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.encode([value])


def test_it_refuses_endless_nesting() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(canonical.NotCanonical):
        canonical.encode(endless)


def test_a_moment_has_one_spelling_whatever_its_zone() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert canonical.instant(datetime(2026, 11, 22, 12, 5, 6, tzinfo=shanghai)) == "2026-11-22T04:05:06.000000Z"
    assert canonical.instant(datetime(2026, 11, 22, 4, 5, 6, 7, tzinfo=UTC)) == "2026-11-22T04:05:06.000007Z"


def test_it_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.instant(datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None))
