"""Reading files of purchases, line by line."""

import gzip
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.utils import translation

from points import purchase_file
from points.purchase_file import Entry, FileRefused, Unreadable

HEADER = "reference,member_ref,purchased_on,amount\n"
NOON = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=8)))


def read(*lines: str, header: str = HEADER) -> list[Entry | Unreadable]:
    with translation.override("en"):
        return list(purchase_file.read([header, *(f"{line}\n" for line in lines)]))


def test_a_day_is_noon_in_shanghai_and_yuan_are_fen() -> None:
    assert read("A-1,00017,2026-11-22,19.99") == [Entry(2, "A-1", "00017", NOON, 1999)]


@pytest.mark.parametrize(("amount", "fen"), [("0", 0), ("0.00", 0), ("7", 700), ("7.5", 750), ("007.05", 705)])
def test_an_amount_has_at_most_two_decimals(amount: str, fen: int) -> None:
    assert read(f"A-1,1,2026-11-22,{amount}") == [Entry(2, "A-1", "1", NOON, fen)]


@pytest.mark.parametrize(
    "amount", ["", "-1", "1.005", "1e3", "NaN", "1,5", "¥5", "１２", "1_0", "999999999", "+5", ".5"]
)
def test_an_amount_in_another_form_is_not_guessed(amount: str) -> None:
    (line,) = read(f'A-1,1,2026-11-22,"{amount}"')
    assert line == Unreadable(
        2, "A-1", "The amount must be yuan such as 12.50, not negative, with at most two decimals."
    )


@pytest.mark.parametrize("day", ["", "2026-02-29", "20261122", "2026-W47-7", "22.11.2026", "2026-11-22T10:00"])
def test_a_day_in_another_form_is_not_guessed(day: str) -> None:
    (line,) = read(f"A-1,1,{day},5")
    assert isinstance(line, Unreadable)
    assert line.reason == "The day must be a date such as 2026-11-22."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (",1,2026-11-22,5", "The reference must have 1 to 128 characters."),
        (f"{'A' * 129},1,2026-11-22,5", "The reference must have 1 to 128 characters."),
        ("A\x00,1,2026-11-22,5", "The reference must have 1 to 128 characters."),
        ("A-1,,2026-11-22,5", "The member number must have 1 to 64 characters."),
        ("A-1,1,2026-11-22", "The line has 3 cells, the header 4."),
        ("A-1,1,2026-11-22,5,6", "The line has 5 cells, the header 4."),
        ('"A-1,1,2026-11-22,5', "The quotes of the line do not match."),
        ("A-1,\udcb0,2026-11-22,5", "The line is not UTF-8."),
        ("A" * 5000, "The line is too long."),
    ],
)
def test_an_unreadable_line_stops_no_other(text: str, reason: str) -> None:
    wrong, right = read(text, "A-2,1,2026-11-22,5")
    assert isinstance(wrong, Unreadable)
    assert (wrong.line, wrong.reason) == (2, reason)
    assert isinstance(right, Entry)


def test_a_quantity_may_be_there_in_any_column() -> None:
    header = "quantity,amount,purchased_on,member_ref,reference\n"
    good, bad = read("3,5,2026-11-22,1,A-1", "some,5,2026-11-22,1,A-2", header=header)
    assert good == Entry(2, "A-1", "1", NOON, 500)
    assert bad == Unreadable(3, "A-2", "The quantity must be a whole number.")


def test_an_empty_line_is_skipped() -> None:
    assert [line.line for line in read("", "A-1,1,2026-11-22,5", "  ")] == [3]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "amount, member_ref, purchased_on, reference"),
        ("reference,member_ref,amount\n", "lacks these columns: purchased_on"),
        (HEADER.strip() + ",colour\n", "unknown columns: colour"),
        (HEADER.strip() + ",amount\n", "twice"),
    ],
)
def test_a_wrong_header_refuses_the_file(header: str, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        read(header=header)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_and_compression_make_no_difference(tmp_path: Path, encoding: str) -> None:
    text = f"{HEADER}甲-1,会员,2026-11-22,5\r\n".encode(encoding)
    plain, compressed = tmp_path / "f.csv", tmp_path / "f.csv.gz"
    plain.write_bytes(text)
    compressed.write_bytes(gzip.compress(text))
    for path in (plain, compressed):
        with purchase_file.open_file(path) as file:
            assert list(purchase_file.read(file)) == [Entry(2, "甲-1", "会员", NOON, 500)]
        assert purchase_file.count_lines(path) == 1
