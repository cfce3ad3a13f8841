"""Strict fields: one documented form each."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from hongmi.lib import fields

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


class Line(fields.StrictSerializer):
    sku = fields.StrictCharField(max_length=8)
    quantity = fields.StrictIntegerField(min_value=1)


class Purchase(fields.StrictSerializer):
    reference = fields.StrictCharField(max_length=8)
    amount_fen = fields.StrictIntegerField(min_value=0)
    lines = Line(many=True, required=False)


class Listing(fields.QuerySerializer):
    limit = fields.DigitsField(max_value=200, required=False)
    kind = fields.StrictChoiceField(choices=["spend", "bonus"], required=False)


def refusal(field: serializers.Field, value: object) -> str:
    with pytest.raises(serializers.ValidationError) as error:
        field.run_validation(value)
    detail = error.value.detail
    assert isinstance(detail, list)
    return str(detail[0].code)


@pytest.mark.parametrize("value", ["１２", "1_0", "12", True, False, 1.0, 1e3, None, [], {}, 2**63, -(2**63)])
def test_an_integer_is_a_json_integer_within_a_bigint(value: object) -> None:
    refusal(fields.StrictIntegerField(), value)


def test_an_integer_comes_through() -> None:
    assert fields.StrictIntegerField(min_value=0).run_validation(12) == 12


@pytest.mark.parametrize("value", ["１２", "1_0", "-1", "+1", " 1", "01", "1.0", "", "1e2", "9" * 30, 5, True])
def test_digits_of_an_address_are_plain_ascii(value: object) -> None:
    refusal(fields.DigitsField(), value)


@pytest.mark.parametrize("value", [1, "0", "-1", "٣", "9223372036854775808", "1 ", "abc", None, True, ["1"]])
def test_an_id_is_a_string_of_digits_above_nought(value: object) -> None:
    refusal(fields.DecimalIdField(), value)


def test_an_id_goes_out_as_it_came_in() -> None:
    field = fields.DecimalIdField()
    assert field.run_validation("9007199254740993") == 9007199254740993
    assert field.to_representation(9007199254740993) == "9007199254740993"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a\x00", "unprintable"),
        ("a\ud800", "unprintable"),
        ("a\x1b[0m", "unprintable"),
        ("a\u202eb", "unprintable"),
        (" a", "surrounded"),
        ("a\u3000", "surrounded"),
        ("", "blank"),
        ("123456789", "max_length"),
        (12, "invalid"),
        (True, "invalid"),
        (None, "null"),
    ],
)
def test_a_text_is_refused_rather_than_mended(value: object, code: str) -> None:
    assert refusal(fields.StrictCharField(max_length=8), value) == code


@pytest.mark.parametrize("text", ["红米好物", "堃喆玥", "a b", "😀", "O'Brien"])
def test_a_text_comes_through_as_sent(text: str) -> None:
    assert fields.StrictCharField(max_length=8).run_validation(text) == text


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None, []])
def test_a_boolean_is_true_or_false(value: object) -> None:
    refusal(fields.StrictBooleanField(), value)


@pytest.mark.parametrize("value", [12, "urn:uuid:12345678-1234-5678-1234-567812345678", "1" * 32, "{}", None])
def test_a_uuid_has_its_hyphens(value: object) -> None:
    refusal(fields.StrictUUIDField(), value)
    text = "12345678-1234-5678-1234-567812345678"
    assert fields.StrictUUIDField().run_validation(text) == UUID(text)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-11-11T20:00:00", "no_offset"),
        ("2026-11-11 20:00:00+08:00", "invalid"),
        ("2026-11-11T20:00:00 08:00", "invalid"),
        ("2026-11-11", "invalid"),
        ("2026-02-29T00:00:00Z", "invalid"),
        ("2026-11-11T24:01:00Z", "invalid"),
        ("2026-11-11T20:00:60Z", "invalid"),
        ("0001-01-01T00:00:00+14:00", "invalid"),
        ("9999-12-31T23:59:59-12:00", "invalid"),
        ("２026-11-11T20:00:00Z", "invalid"),
        ("2026-11-11T20:00:00+99:00", "invalid"),
        (1_762_862_400, "invalid"),
        (True, "invalid"),
    ],
)
def test_a_moment_has_its_offset(value: object, code: str) -> None:
    assert refusal(fields.AwareDateTimeField(), value) == code


def test_a_moment_keeps_its_instant() -> None:
    moment = fields.AwareDateTimeField().run_validation("2026-11-11T20:00:00.5+08:00")
    assert moment == datetime(2026, 11, 11, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-2-1", "20260201", "2026-02-30", "0000-01-01", 20260201, None])
def test_a_day_is_written_in_full(value: object) -> None:
    refusal(fields.StrictDateField(), value)
    assert fields.StrictDateField().run_validation("2024-02-29") == date(2024, 2, 29)


def test_it_refuses_unknown_fields_beside_the_other_faults() -> None:
    serializer = Purchase(data={"reference": "A1", "amount_fen": "5", "amuont": 1, "lines": [{"sku": "x", "qty": 1}]})
    assert not serializer.is_valid()
    assert serializer.errors["amuont"][0].code == "unknown_field"
    assert serializer.errors["amount_fen"][0].code == "invalid"
    assert set(serializer.errors["lines"][0]) == {"qty", "quantity"}


def query(address: str) -> dict[str, object]:
    return Listing.read(Request(APIRequestFactory().get(address)))


def test_the_parameters_of_an_address_are_read() -> None:
    assert query("/?limit=20&kind=spend") == {"limit": 20, "kind": "spend"}
    assert query("/") == {}


@pytest.mark.parametrize("address", ["/?limit=1&limit=2", "/?limit=", "/?offset=3", "/?limit=1_0", "/?kind=%00"])
def test_unknown_repeated_and_empty_parameters_are_refused(address: str) -> None:
    with pytest.raises(serializers.ValidationError):
        query(address)


@given(anything)
def test_any_value_is_accepted_or_refused_without_another_error(value: object) -> None:
    strict = [
        fields.StrictIntegerField(),
        fields.DigitsField(),
        fields.DecimalIdField(),
        fields.StrictCharField(max_length=8),
        fields.StrictBooleanField(),
        fields.StrictChoiceField(choices=["a"]),
        fields.StrictUUIDField(),
        fields.AwareDateTimeField(),
        fields.StrictDateField(),
        Purchase(),
    ]
    for field in strict:
        try:
            field.run_validation(value)
        except serializers.ValidationError:
            continue
