"""Names of accounts and movements in the console."""

from points.amounts import signed
from points.models import Journal
from points.types import AccountKind, Purse


def moved(line: Journal) -> str:
    """The movement of one purse."""
    return signed(line.points) if line.purse == Purse.BASE else f"{signed(line.points)} {Purse.GREEN.label}"


def account(kind: str, holder: str) -> str:
    return f"{AccountKind(kind).label} · {holder}"
