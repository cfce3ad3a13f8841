"""`manage.py import_purchases FILE.csv --merchant CODE`. Run again, it books what is missing."""

import csv
import gc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from hongmi.lib import spreadsheets
from hongmi.lib.prefetch import one_ahead
from merchants import queries as merchant_queries
from points import purchase_file
from points.errors import IssuingLimitReached, MerchantNotLive
from points.operations import imports
from points.operations.imports import Imported, Prepared
from points.purchase_file import Entry, Unreadable

# One transaction each: long enough that round trips cost nothing, short enough that requests in between do not wait.
BATCH_LINES = 2_000


class Command(BaseCommand):
    help = "Book the purchases of a CSV file; a second run books nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, or CSV compressed as .gz")
        parser.add_argument("--merchant", required=True, help="the merchant's code")
        parser.add_argument("--rejects", type=Path, help="where rejected lines go; FILE.rejects.csv unless given")

    def handle(self, *, file: Path, merchant: str, rejects: Path | None, **options: Any) -> None:
        found = merchant_queries.merchant_by_code(merchant)
        if found is None:
            raise CommandError(_("There is no merchant %(code)s.") % {"code": merchant})
        rejects = rejects or file.with_name(f"{file.name}.rejects.csv")
        # Because otherwise each garbage collection visits all that was loaded at the start: a sixth of the time.
        gc.freeze()
        try:
            imports.require_issuing(merchant_id=found.pk, moment=timezone.now())
            total = purchase_file.count_lines(file)
            with ExitStack() as stack:
                lines = stack.enter_context(purchase_file.open_file(file))
                tally = Tally(stack.enter_context(Rejects(rejects)))
                progress = stack.enter_context(_progress())
                task = progress.add_task(_("Importing"), total=total)
                batches = stack.enter_context(one_ahead(_batches(found.pk, purchase_file.read(lines))))
                for batch in batches:
                    tally.book(batch)
                    progress.update(task, completed=tally.lines)
                progress.update(task, total=tally.lines)
        except (OSError, EOFError, purchase_file.FileRefused) as error:
            raise CommandError(str(error)) from error
        except MerchantNotLive as refusal:
            raise CommandError(_("%(code)s is not live, so it issues no points.") % {"code": merchant}) from refusal
        except IssuingLimitReached as refusal:
            raise CommandError(_("%(code)s has reached its limit of issuing.") % {"code": merchant}) from refusal
        except OperationalError as error:
            raise CommandError(
                _("The database was lost: %(error)s. Run the import again; it books what is missing.")
                % {"error": error}
            ) from error
        finally:
            gc.unfreeze()
        self.stdout.write(tally.summary())


class Rejects:
    """The file of rejected lines, created with the first of them. The file of an earlier run is removed, because its
    lines may be booked by now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> "Rejects":
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, line: int, reference: str, reason: str) -> None:
        if self._writer is None:
            # With a byte order mark, because Excel takes Chinese without one for another encoding.
            file = self._stack.enter_context(self.path.open("w", encoding="utf-8-sig", errors="replace", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow([_("line"), _("reference"), _("reason")])
        self._writer.writerow([line, spreadsheets.harmless(reference), spreadsheets.harmless(reason)])


@dataclass(frozen=True)
class Batch:
    """Lines that are booked together: the unreadable ones, and the rest, prepared."""

    unreadable: list[Unreadable]
    prepared: Prepared


@dataclass
class Tally:
    """Counts of the outcomes so far."""

    rejects: Rejects
    lines: int = 0
    booked: int = 0
    replayed: int = 0
    rejected: int = 0
    points: int = 0

    def book(self, batch: Batch) -> None:
        booked = imports.book(batch.prepared)
        self.lines += len(batch.unreadable) + len(booked)
        for line in batch.unreadable:
            self._reject(line.line, line.reference, line.reason)
        for done in booked:
            self._add(done)

    def _add(self, done: Imported) -> None:
        if done.status == "rejected":
            self._reject(done.entry.line, done.entry.reference, _reason(done.code or ""))
        elif done.status == "replayed":
            self.replayed += 1
        else:
            self.booked += 1
            self.points += done.points

    def _reject(self, line: int, reference: str, reason: str) -> None:
        self.rejected += 1
        self.rejects.add(line, reference, reason)

    def summary(self) -> str:
        figures = vars(self)
        sentences = [
            _("%(lines)s lines: %(booked)s booked, %(replayed)s booked before, %(rejected)s rejected.") % figures,
            _("%(points)s points were granted.") % figures,
        ]
        if self.rejected:
            sentences.append(_("The rejected lines and their reasons: %(path)s") % {"path": self.rejects.path})
        return "\n".join(sentences)


def _batches(merchant_id: int, reading: Iterator[Entry | Unreadable]) -> Iterator[Batch]:
    while lines := list(islice(reading, BATCH_LINES)):
        entries = [line for line in lines if isinstance(line, Entry)]
        prepared = imports.prepare(merchant_id=merchant_id, entries=entries, moment=timezone.now())
        yield Batch([line for line in lines if isinstance(line, Unreadable)], prepared)


def _reason(code: str) -> str:
    sentences = {
        "member_has_left": _("The member left this merchant."),
        "member_not_found": _("The member's account is closed."),
        "reference_conflict": _("The reference was used for another purchase."),
        "occurred_in_future": _("The purchase lies in the future."),
    }
    return sentences.get(code, code)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        # Of the whole time until there are two batches to compare, otherwise a short file would end at 0 lines/s.
        rate = task.finished_speed or task.speed or task.completed / (task.elapsed or 1)
        return Text(_("%(rate)s lines/s") % {"rate": f"{rate:,.0f}"})


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
