"""The parser reads the same as the standard library, and fails only with a 400."""

import io
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.exceptions import UnsupportedMediaType

from hongmi.lib import problems, strict_json

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(storable, inner, max_size=5),
    max_leaves=30,
)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1} trailing',
        b'{"a": 1}{"a": 1}',
        b'{"a": 1, "a": 1}',
        b'[{"x": {"a": 1, "b": 2, "a": 3}}]',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": 9223372036854775808}',
        b'{"a": -9223372036854775809}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 01}',
        b'{"a": 0x10}',
        b'{"a": "\n"}',
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_it_refuses_what_is_not_strict_json(raw: bytes) -> None:
    with pytest.raises(strict_json.Malformed):
        strict_json.loads(raw)


@pytest.mark.parametrize(
    "raw", [b"[" * 32 + b"]" * 32, b'"\\ud83d\\ude00"', '"红米"'.encode(), b"9223372036854775807", b" { } ", b"-0"]
)
def test_it_accepts_a_document_just_inside_the_bounds(raw: bytes) -> None:
    assert strict_json.loads(raw) == json.loads(raw)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"\\ud800":1,"\\ud800":2}')
def test_random_bytes_are_read_as_json_reads_them_or_refused(raw: bytes) -> None:
    try:
        value = strict_json.loads(raw)
    except strict_json.Malformed as refusal:
        str(refusal).encode()
        return
    assert value == json.loads(raw)


@given(values, st.booleans())
def test_every_storable_value_comes_through_unchanged(value: object, is_ascii: bool) -> None:
    raw = json.dumps(value, ensure_ascii=is_ascii).encode()
    assert strict_json.loads(raw) == value


@given(values, st.data())
def test_a_damaged_document_is_never_more_than_malformed(value: object, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = strict_json.loads(bytes(raw))
    except strict_json.Malformed:
        return
    assert found == json.loads(bytes(raw))
    assert not (isinstance(found, float) and math.isinf(found))


def parse(raw: bytes, content_type: str = "application/json", parser: type = strict_json.StrictJSONParser) -> object:
    return parser().parse(io.BytesIO(raw), content_type, {})


def test_a_body_over_one_megabyte_is_refused_and_a_batch_may_have_five() -> None:
    just_fits = b'"' + b"a" * (1_048_576 - 2) + b'"'
    assert parse(just_fits) == "a" * (1_048_576 - 2)
    with pytest.raises(problems.Problem) as refusal:
        parse(just_fits + b" ")
    assert refusal.value.kind.code == "body_too_large"
    assert refusal.value.kind.status == 400
    assert parse(just_fits + b" ", parser=strict_json.StrictBatchJSONParser)
    with pytest.raises(problems.Problem):
        parse(b" " * (5 * 1_048_576) + b"1", parser=strict_json.StrictBatchJSONParser)


@pytest.mark.parametrize(
    "content_type", ["", "*/*", "text/plain", "application/*", "application/json; charset=gbk", "application/xml"]
)
def test_another_content_type_or_charset_is_refused_as_such(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        parse(b"{}", content_type)


def test_utf8_may_be_named() -> None:
    assert parse(b"{}", "application/json; charset=UTF-8") == {}


def test_a_refusal_names_the_key_that_occurs_twice_but_never_quotes_a_value() -> None:
    with pytest.raises(strict_json.Malformed, match="'phone'") as refusal:
        strict_json.loads(b'{"phone": "13800000001", "phone": "13800000002"}')
    assert "138" not in str(refusal.value)
