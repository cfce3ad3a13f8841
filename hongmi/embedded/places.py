"""Directories for an embedded server's data and binaries that its account can reach."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from hongmi.embedded.children import Account

# Not tempfile.gettempdir(), because data must be found again after a restart.
LASTING_TEMPORARY_DIRECTORY = Path("/var/tmp")


class AlreadyRunning(Exception):
    """Another process holds this directory."""


def directory_for(wanted: Path, account: Account) -> Path:
    """`wanted`, or, when `account` cannot get there (a checkout in root's private home), a place keyed by its path.

    Raises PermissionError when somebody else sits in that place.
    """
    wanted = wanted.absolute()
    wanted.mkdir(parents=True, exist_ok=True)
    if not account.is_other or account.can("-x", wanted):
        return wanted
    place = _lasting_place(wanted)
    place.mkdir(mode=0o711, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise PermissionError(f"{place} belongs to somebody else")
    place.chmod(0o711)
    return place


def move(state: Path, aside: Path, *, servers: Iterable[str]) -> None:
    """Rename a directory in which servers had directories of their own, and with it those that lie elsewhere."""
    state.rename(aside)
    for server in servers:
        place = _lasting_place(state / server)
        if place.exists():
            place.rename(_lasting_place(aside / server))


def _lasting_place(wanted: Path) -> Path:
    key = hashlib.sha256(str(wanted.absolute()).encode()).hexdigest()[:16]
    return LASTING_TEMPORARY_DIRECTORY / f"hongmi-{key}"


def package_directory(package: str) -> Path:
    """Where a package lies, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; run `make setup`")
    return Path(spec.origin).parent


def reachable(package: str, probe: str, *, account: Account, copies: Path) -> Path:
    """The package's own directory, or a copy of it (with its sibling `.libs`) that `account` can run.

    `probe` names an executable inside the package.
    """
    source = package_directory(package)
    if not account.is_other or account.can("-x", source / probe):
        return source
    stamp = f"{(source / probe).stat().st_mtime_ns:x}-{(source / probe).stat().st_size:x}"
    target = copies / f"{package}-{stamp}"
    if not target.exists():
        copies.mkdir(mode=0o755, exist_ok=True)
        half_made = Path(tempfile.mkdtemp(dir=copies))
        for part in (source, source.with_name(f"{package}.libs")):
            if part.exists():
                shutil.copytree(part, half_made / part.name, symlinks=True)
        _let_everybody_read(half_made)
        half_made.rename(target)
    return target / package


def _let_everybody_read(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o777
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))


def hold(directory: Path) -> IO[str]:
    """Take the directory for this process until the handle is closed or the process dies; AlreadyRunning if taken."""
    handle = (directory / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise AlreadyRunning(str(directory)) from None
    return handle


def stored_secrets(file: Path, *names: str) -> dict[str, str]:
    """Secrets by name, 32 random bytes in hex each: created once and stored in a file only its owner can read."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in names if name not in known]
    if missing:
        known |= {name: secrets.token_hex(32) for name in missing}
        write_private(file, json.dumps(known, indent=2))
    return known


def write_private(file: Path, text: str) -> None:
    """Write the file in one step, mode 0600."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    os.replace(name, file)
