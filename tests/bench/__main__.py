"""`python -m tests.bench [NAME]`: measure, print the table, write .state/bench.json. Exits 1 when a line is not met."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.bench import earning, http, wallets
from tests.bench.ratios import Ratio
from tests.bench.scenario import ROOT, Scene, prepared

MEASURES: dict[str, Callable[[Scene], list[Ratio]]] = {
    "sealer": earning.cpu_with_and_without_sealer,
    "bytes": earning.bytes_per_earn,
    "earn": earning.earn_against_tpcb,
    "merchants": earning.one_against_many_merchants,
    "batch": earning.batch_against_copy,
    "redeem": wallets.redeem_many_lots_against_one,
    "expiry": wallets.expiry_against_plain_update,
    "http": http.http_earn_against_trivial_view,
    "import": http.import_against_batch,
    "balance": wallets.balance_at_any_history,
}


def main(wanted: str) -> int:
    if wanted and wanted not in MEASURES:
        print(f"No measure {wanted!r}; there are: {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    return _measure(wanted) if wanted else _measure_all()


def _measure_all() -> int:
    """Each in a process and with a ledger of its own, because the rows of one measure would slow down the next."""
    missed = [name for name in MEASURES if subprocess.run([sys.executable, "-m", "tests.bench", name]).returncode]
    if missed:
        print(f"Not met, or not measured: {', '.join(missed)}")
    return 1 if missed else 0


def _measure(name: str) -> int:
    with prepared() as scene:
        # First of all, so that no old figure stays for a measure that fails.
        _write(scene, name, [])
        started = time.monotonic()
        print(f"  · {name} …", end="", flush=True)
        ratios = MEASURES[name](scene)
        is_sound = scene.audit_is_green()
        print(f" {time.monotonic() - started:.0f} s{'' if is_sound else ', but the audit fails: it does not count'}")
        found = ratios if is_sound else [_unsound(ratio) for ratio in ratios]
        _write(scene, name, found)
    print(_table(found))
    return 0 if all(ratio.is_met for ratio in found) else 1


def _unsound(ratio: Ratio) -> Ratio:
    return Ratio(ratio.name, ratio.ratio, ratio.spread, ratio.runs, ratio.line, is_met=False, is_sound=False)


def _write(scene: Scene, name: str, found: list[Ratio]) -> None:
    """Replace the figures under `name`, or under "`name`, …" where a measure has several ratios."""
    file = scene.state.parent / "bench.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    others = {key: figures for key, figures in known.items() if key.split(", ")[0] != name}
    stamp = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": _commit()}
    new = {name if len(found) == 1 else f"{name}, {one.name.rsplit(', ')[-1]}": one.as_json() | stamp for one in found}
    file.write_text(json.dumps(others | new, indent=2, ensure_ascii=False))


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()


def _table(found: list[Ratio]) -> str:
    width = max(len(ratio.name) for ratio in found)
    rows = [f"\n{'ratio'.ljust(width)}  {'median':>9}  {'spread':>6}  {'line':>7}"]
    for ratio in found:
        mark = "" if ratio.line == "none" else "met" if ratio.is_met else "NOT MET"
        rows.append(f"{ratio.name.ljust(width)}  {ratio.ratio:9.3f}  {ratio.spread:6.0%}  {ratio.line:>7}  {mark}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
