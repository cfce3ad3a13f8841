"""`manage.py import_purchases`, with the real ledger."""

import contextlib
import csv
import os
import re
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.utils import translation

from merchants.models import Membership, Merchant, MerchantStatus
from notifications.models import Outbox
from points.management.commands import import_purchases
from points.models import Act, EarningRule, Journal, Wallet
from points.operations import earning_rules
from tests import factories
from tests.environment import ROOT

HEADER = "reference,member_ref,purchased_on,amount"


class Frame(NamedTuple):
    """One progress line; `rate` in lines per second."""

    bar: int
    done: int
    total: int
    rate: int
    eta: str


def open_shop(code: str) -> Merchant:
    shop = factories.merchant(code, code=code, category="retail")
    rule = EarningRule.objects.create(merchant=shop, code="rate", name="消费1元积1分")
    definition = {"kind": "rate", "points": 1, "per_fen": 100}
    earning_rules.publish(rule=rule, definition=definition, starts_at=datetime(1990, 1, 1, tzinfo=UTC))
    return shop


@pytest.fixture
def stationer(committed_db: None) -> Merchant:
    return open_shop(f"STATIONER-{uuid4().hex[:8]}")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def run(path: Path, shop: Merchant) -> list[str]:
    summary = StringIO()
    call_command("import_purchases", path, merchant=shop.code, stdout=summary)
    return summary.getvalue().splitlines()


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "purchases.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def rejects_of(path: Path) -> list[list[str]]:
    with path.with_name(f"{path.name}.rejects.csv").open(encoding="utf-8-sig") as file:
        return list(csv.reader(file))[1:]


class Terminal:
    """`manage.py import_purchases` in a terminal of 80 columns."""

    FRAME = re.compile(r"(━+)?\S* *(\d+)/(\d+) ([\d,]+) (?:lines/s|行/秒) (\d:\d\d:\d\d|-:--:--)")

    def __init__(self, path: Path, shop: Merchant) -> None:
        self._ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "import_purchases", str(path), "--merchant", shop.code],
            cwd=ROOT,
            env=kept | {"TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        self._shown = b""

    def frames(self) -> list[Frame]:
        """The progress lines so far, in order."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._shown.decode(errors="ignore"))
        return [
            Frame(len(bar), int(done), int(total), int(rate.replace(",", "")), eta)
            for bar, done, total, rate, eta in self.FRAME.findall(text)
        ]

    def watch(self) -> Iterator[list[Frame]]:
        """The frames so far, whenever there is more, until the command ends."""
        # A terminal whose other end was closed answers with an error and not with an end.
        with contextlib.suppress(OSError):
            while shown := os.read(self._ours, 65_536):
                self._shown += shown
                yield self.frames()

    def see_to_the_end(self) -> tuple[list[Frame], str]:
        """All frames, and the summary at the end."""
        for _ in self.watch():
            pass
        summary, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return self.frames(), summary

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        os.close(self._ours)


@pytest.fixture
def terminal() -> Iterator[Callable[[Path, Merchant], Terminal]]:
    """Opens one; closed at the end of the test, whatever happened in it."""
    with contextlib.ExitStack() as stack:

        def open_one(path: Path, shop: Merchant) -> Terminal:
            opened = Terminal(path, shop)
            stack.callback(opened.close)
            return opened

        yield open_one


def points_of(shop: Merchant) -> dict[str, int]:
    """Points by the merchant's member numbers."""
    rows = Journal.objects.filter(merchant=shop).values_list("member_id").annotate(Sum("points")).order_by()
    refs = dict(Membership.objects.filter(merchant=shop).values_list("member_id", "member_ref"))
    return {refs[member_id]: points for member_id, points in rows}


def test_it_makes_members_and_floors_each_order(stationer: Merchant, tmp_path: Path) -> None:
    path = write(tmp_path, "A-1,alice,2026-01-05,19.99", "A-2,bob,2026-01-06,5.00", "A-3,alice,2026-01-06,0.99")
    assert run(path, stationer) == [
        "3 lines: 3 booked, 0 booked before, 0 rejected.",
        "24 points were granted.",
    ]
    assert points_of(stationer) == {"alice": 19, "bob": 5}
    occurred = Act.objects.get(merchant=stationer, reference="A-1").occurred_at
    assert occurred == datetime(2026, 1, 5, 4, tzinfo=UTC)


def test_a_second_run_books_nothing_twice_and_says_so(stationer: Merchant, tmp_path: Path) -> None:
    path = write(tmp_path, "A-1,alice,2026-01-05,19.99", "A-2,bob,2026-01-06,5.00")
    run(path, stationer)
    assert run(path, stationer)[0] == "2 lines: 0 booked, 2 booked before, 0 rejected."
    assert points_of(stationer) == {"alice": 19, "bob": 5}
    assert Membership.objects.filter(merchant=stationer).count() == 2


def test_it_goes_on_where_an_earlier_run_broke_off(stationer: Merchant, tmp_path: Path) -> None:
    run(write(tmp_path, "A-1,alice,2026-01-05,19.99"), stationer)
    summary = run(write(tmp_path, "A-1,alice,2026-01-05,19.99", "A-2,alice,2026-01-06,5"), stationer)
    assert summary[0] == "2 lines: 1 booked, 1 booked before, 0 rejected."


def test_a_purchase_of_nothing_is_an_act_that_earns_nothing(stationer: Merchant, tmp_path: Path) -> None:
    run(write(tmp_path, "A-1,alice,2026-01-05,0.00"), stationer)
    act = Act.objects.get(merchant=stationer)
    assert [line.points for line in act.journal.all()] == [0]
    assert not act.postings.exists()


def test_rejected_lines_are_listed_with_their_reasons_and_stop_nobody(stationer: Merchant, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "A-1,alice,2026-01-05,5",
        "A-2,alice,2026-01-05,free",
        "A-1,alice,2026-01-05,6",
        "=A-3,alice,2999-01-05,5",
        "A-4,bob,2026-01-05,7",
    )
    assert run(path, stationer)[:2] == [
        "5 lines: 2 booked, 0 booked before, 3 rejected.",
        "12 points were granted.",
    ]
    assert sorted(rejects_of(path)) == [
        ["3", "A-2", "The amount must be yuan such as 12.50, not negative, with at most two decimals."],
        ["4", "A-1", "The reference was used for another purchase."],
        ["5", "'=A-3", "The purchase lies in the future."],
    ]


def test_the_list_of_rejected_lines_is_of_the_last_run_only(stationer: Merchant, tmp_path: Path) -> None:
    path = write(tmp_path, "A-1,alice,2026-01-05,free")
    run(path, stationer)
    run(write(tmp_path, "A-1,alice,2026-01-05,5"), stationer)
    assert not path.with_name(f"{path.name}.rejects.csv").exists()


def test_the_reasons_are_in_the_language_of_the_console(stationer: Merchant, tmp_path: Path) -> None:
    path = write(tmp_path, "A-1,alice,2026-02-30,5")
    with translation.override("zh-hans"):
        assert run(path, stationer)[0] == "共 1 行：入账 0 行，此前已入账 0 行，拒绝 1 行。"
    assert rejects_of(path) == [["2", "A-1", "日期须写作 2026-11-22 的格式。"]]


def test_a_member_who_left_earns_nothing_and_is_not_enrolled_again(stationer: Merchant, tmp_path: Path) -> None:
    run(write(tmp_path, "A-1,alice,2026-01-05,5"), stationer)
    Membership.objects.filter(merchant=stationer).update(left_at=datetime(2026, 2, 1, tzinfo=UTC))
    path = write(tmp_path, "A-2,alice,2026-01-05,5", "A-3,bob,2026-01-05,5")
    assert run(path, stationer)[0] == "2 lines: 1 booked, 0 booked before, 1 rejected."
    assert rejects_of(path) == [["2", "A-2", "The member left this merchant."]]
    assert points_of(stationer) == {"alice": 5, "bob": 5}


def test_no_message_is_sent_about_old_purchases(stationer: Merchant, tmp_path: Path) -> None:
    run(write(tmp_path, "A-1,alice,2026-01-05,5"), stationer)
    assert not Outbox.objects.filter(payload__merchant=stationer.pk).exists()


def test_the_same_number_at_two_merchants_is_two_people(stationer: Merchant, tmp_path: Path) -> None:
    garage = open_shop(f"GARAGE-{uuid4().hex[:8]}")
    path = write(tmp_path, "A-1,0001,2026-01-05,5")
    run(path, stationer)
    run(path, garage)
    members = {m.member_id for m in Membership.objects.filter(merchant__in=[stationer, garage])}
    assert len(members) == 2


def test_an_unknown_merchant_a_missing_file_and_a_suspended_merchant_are_refused(
    stationer: Merchant, tmp_path: Path
) -> None:
    path = write(tmp_path, "A-1,alice,2026-01-05,5")
    with pytest.raises(CommandError, match="no merchant NOBODY"):
        call_command("import_purchases", path, merchant="NOBODY")
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "missing.csv", stationer)
    Merchant.objects.filter(pk=stationer.pk).update(status=MerchantStatus.SUSPENDED)
    with pytest.raises(CommandError, match="issues no points"):
        run(path, stationer)
    assert not Membership.objects.filter(merchant=stationer).exists()  # nobody was enrolled for nothing


def test_backends_killed_in_the_middle_cost_no_purchase(
    stationer: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends every connection of the application between two batches, while the next is being made."""
    monkeypatch.setattr(import_purchases, "BATCH_LINES", 50)
    add, killed = import_purchases.Tally.book, []

    def add_after_the_kill(tally: import_purchases.Tally, batch: import_purchases.Batch) -> None:
        add(tally, batch)
        if tally.lines == 150:
            with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as beside:
                mine = "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                killed.extend(beside.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"))

    monkeypatch.setattr(import_purchases.Tally, "book", add_after_the_kill)
    lines = [f"A-{number},member-{number},2026-01-05,1.00" for number in range(500)]
    assert run(write(tmp_path, *lines), stationer)[0] == "500 lines: 500 booked, 0 booked before, 0 rejected."
    assert killed
    assert Act.objects.filter(merchant=stationer).count() == 500


def test_a_terminal_shows_how_fast_it_goes_even_for_a_short_file(
    stationer: Merchant, tmp_path: Path, terminal: Callable[[Path, Merchant], Terminal]
) -> None:
    path = write(tmp_path, *(f"A-{number},alice,2026-01-05,1.00" for number in range(300)))
    frames, summary = terminal(path, stationer).see_to_the_end()
    assert frames[0][1:] == (0, 300, 0, "-:--:--")
    assert frames[-1].rate > 0
    assert frames[-1][1:3] == (300, 300)
    assert re.findall(r"\d+", summary) == ["300", "300", "0", "0", "300"]


def test_kill_9_in_the_middle_of_a_file_costs_no_purchase_and_books_none_twice(
    stationer: Merchant,
    tmp_path: Path,
    terminal: Callable[[Path, Merchant], Terminal],
    owner_cursor: psycopg.Cursor,
) -> None:
    """The fourth batch waits for a wallet that is locked, so that the kill comes in the middle on any machine."""
    count, waits_at = 12_000, 3 * import_purchases.BATCH_LINES
    members = [f"member-{number % 500}" if number != waits_at else "late" for number in range(count)]
    run(write(tmp_path, "A-0,late,2026-01-05,0.99"), stationer)
    lines = [f"B-{number},{who},2026-01-05,{number % 50}.99" for number, who in enumerate(members)]
    path = write(tmp_path, *lines)
    locked = Wallet.objects.get(member__memberships__merchant=stationer, purse="base").member_id
    owner_cursor.execute("BEGIN")
    owner_cursor.execute("SELECT 1 FROM points_wallet WHERE member_id = %s AND purse = 'base' FOR UPDATE", [locked])
    first = terminal(path, stationer)
    seen = next(frame for frames in first.watch() for frame in frames if frame.done == waits_at)
    first.kill()
    assert (seen.bar > 0, seen.done < seen.total, seen.rate > 0, seen.eta != "-:--:--") == (True, True, True, True)
    booked = Act.objects.filter(merchant=stationer, reference__startswith="B-").count()
    assert booked == waits_at
    owner_cursor.execute("ROLLBACK")

    frames, summary = terminal(path, stationer).see_to_the_end()
    assert frames[-1][1:3] == (count, count)
    line_count, anew, before, rejected, _ = map(int, re.findall(r"\d+", summary))
    assert (line_count, anew + before, rejected) == (count, count, 0)
    assert before >= booked
    assert Act.objects.filter(merchant=stationer, reference__startswith="B-").count() == count
    expected: Counter[str] = Counter()
    for number, who in enumerate(members):
        expected[who] += number % 50
    assert points_of(stationer) == expected
    wallets = Wallet.objects.filter(member__memberships__merchant=stationer)
    assert wallets.aggregate(Sum("balance")) == {"balance__sum": expected.total()}
