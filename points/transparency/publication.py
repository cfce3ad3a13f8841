"""Published heads. A head proves something only where it is stored out of reach of the database's owner.

`HEADS_DIRECTORY` has `heads.jsonl`, one head a line, which only grows; `checkpoint`, the newest as a signed note
(c2sp.org/tlog-checkpoint); and `keys`, the public keys under which heads verify, for `python -m points.verify --key`.
The tables are the source: a head that a crash left unpublished is published by the next run.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from points.transparency import heads, log

HEADS_FILE: Final = "heads.jsonl"
CHECKPOINT_FILE: Final = "checkpoint"
KEYS_FILE: Final = "keys"
_AT_ONCE: Final = 1000
_LINE_BYTES: Final = 2000  # more than any head's line


class HeadsDisagree(Exception):
    """The last published head is not in the table: the table was rewritten or put back to an earlier state."""


@dataclass(frozen=True, slots=True)
class PublicLog:
    """Data of the public page: the newest head as a signed note, and the keys to check it with."""

    origin: str
    verifier_keys: list[str]
    head: heads.SignedHead | None
    checkpoint: str | None


def public_log() -> PublicLog:
    """Read the newest head from the table; the heads published outside are the check on it."""
    keys = log.keys()
    with log.cursor() as cursor:
        last = log.latest_head(cursor)
    return PublicLog(
        origin=log.origin(),
        verifier_keys=[heads.verifier_key(log.origin(), each) for each in keys.public_keys.values()],
        head=last.signed if last else None,
        checkpoint=_note(last.signed) if last else None,
    )


def read_heads(path: Path) -> Iterator[heads.SignedHead]:
    """The heads of a file, one a line. Raises heads.MalformedHead or ValueError at a line that is none."""
    with path.open() as lines:
        for line in lines:
            yield heads.from_object(json.loads(line))


def published_heads() -> list[heads.SignedHead]:
    """The heads published so far; none before the first."""
    path: Path = settings.HEADS_DIRECTORY / HEADS_FILE
    return list(read_heads(path)) if path.exists() else []


def publish() -> int:
    """Publish every head not published yet; returns how many. Raises HeadsDisagree and then publishes nothing."""
    directory: Path = settings.HEADS_DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    published = 0
    with log.cursor() as cursor, _locked(directory / HEADS_FILE) as file:
        head_id = _last_published_id(cursor, file)
        while new := log.heads_after(cursor, head_id, limit=_AT_ONCE):
            file.writelines(f"{json.dumps(heads.to_object(each.signed))}\n".encode() for each in new)
            file.flush()
            os.fsync(file.fileno())
            published, head_id = published + len(new), new[-1].id
            if note := _note(new[-1].signed):
                _replace(directory / CHECKPOINT_FILE, note)
    if published:
        _replace(directory / KEYS_FILE, "".join(f"{each}\n" for each in public_log().verifier_keys))
    return published


def _last_published_id(cursor: log.Cursor, file: IO[bytes]) -> int:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _LINE_BYTES))
    tail = file.read()
    whole, _, torn = tail.rpartition(b"\n")
    # A torn line is the rest of a head that a crash left unpublished.
    file.truncate(end - len(torn))
    file.seek(0, os.SEEK_END)
    if not whole:
        return 0
    last = heads.from_object(json.loads(whole.rpartition(b"\n")[2]))
    stored = log.find_head(cursor, last)
    if stored is None:
        raise HeadsDisagree(f"head of {last.head.tree_size} leaves, signed {last.head.timestamp.isoformat()}")
    return stored.id


def _note(signed: heads.SignedHead) -> str | None:
    """None where the public key is unknown: on a new volume, until its seal.pub is restored or the next head signed."""
    public_key = log.keys().public_keys.get(signed.key_id)
    return heads.note(signed, public_key) if public_key else None


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file, read and appended by one process at a time."""
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text)
    draft.replace(path)
