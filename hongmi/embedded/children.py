"""Child processes that never outlive their parent, and the account a server may run as."""

import contextlib
import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The system user that a server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def can(self, test: str, path: Path) -> bool:
        """Run test(1) as this account; `test` is one of its flags, such as "-x"."""
        command = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
        answer: subprocess.CompletedProcess[bytes] = subprocess.run(command, cwd="/", **self.as_popen())
        return answer.returncode == 0

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def as_popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


def server_account() -> Account:
    """The current user; for root `postgres` or else `nobody`, because PostgreSQL refuses to run as root."""
    names = ["postgres", "nobody"] if os.geteuid() == 0 else [pwd.getpwuid(os.geteuid()).pw_name]
    for name in names:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise LookupError("root needs a system user named postgres or nobody to run PostgreSQL as")


def inherited_clock() -> dict[str, str]:
    """The variables of libfaketime, under which a rehearsal of another day runs: the servers follow the same clock."""
    kept = ("LD_PRELOAD", "FAKETIME", "DONT_FAKE_", "NO_FAKE_")
    return {name: value for name, value in os.environ.items() if name.startswith(kept)}


def spawn(
    command: Sequence[str | Path],
    *,
    on_parent_death: signal.Signals,
    log: Path | None = None,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own; the kernel sends it `on_parent_death` when the calling *thread* ends.

    A session of its own, because Ctrl-C reaches a whole foreground group at once and we stop our children in order.
    """
    parent = os.getpid()

    def bind_to_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, on_parent_death)
            if os.getppid() != parent:
                os._exit(1)

    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else None
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            cwd="/" if account else directory,
            env=env,
            start_new_session=True,
            preexec_fn=bind_to_parent,
            **(account.as_popen() if account else {}),
        )
        return process


def stop(process: subprocess.Popen[bytes], how: signal.Signals, *, patience_seconds: float = 20) -> None:
    """Signal the child; after `patience_seconds` kill it and every process left in its session."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
