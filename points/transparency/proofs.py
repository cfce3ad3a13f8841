"""Proofs of the tables against signed heads: every leaf is rebuilt from the rows and led to the signed root.

A head stored outside, on paper or elsewhere, is enough; no claim of the database is trusted. The stored hashes serve
only to name the leaf that differs; where they were rewritten too, the heads around it still show that one does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from points.transparency import heads, leaves, log, merkle
from points.transparency.keyring import Keyring

_AT_ONCE: Final = 1000


class Fault(StrEnum):
    FOREIGN_HEAD = "foreign_head"  # signed by an unknown key or for another log: it proves nothing
    LEAF_MISSING = "leaf_missing"  # the seal names no act for this leaf
    ACT_MISSING = "act_missing"  # the act named there is gone
    LEAF_DIFFERS = "leaf_differs"  # the act's rows lead to another hash than the stored one
    NODE_DIFFERS = "node_differs"  # a stored subtree hash is not that of its leaves
    ROOT_DIFFERS = "root_differs"  # the rows do not lead to the signed root: history was altered


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is a leaf index, a node's index or a tree size, by the fault; what is altered is below a `tree_size`."""

    fault: Fault
    place: int
    act_id: int | None = None
    level: int = 0


def verify_against_heads(cursor: log.Cursor, old_heads: Sequence[heads.SignedHead], keys: Keyring) -> list[Finding]:
    """The differences between the tables and these heads; none means that every act sealed by then is unaltered.

    One pass over the leaves serves all heads. Between the largest head that still holds and the smallest that does
    not lies the first altered leaf. Read in one snapshot (REPEATABLE READ) where writers are at work.
    """
    known, findings = [], []
    for each in sorted(old_heads, key=lambda signed: signed.head.tree_size):
        if keys.verifies(each) and each.head.origin == log.origin():
            known.append(each)
        else:
            findings.append(Finding(Fault.FOREIGN_HEAD, each.head.tree_size))
    rebuilt = _RebuiltTree()
    for signed in known:
        for found in _leaves(cursor, rebuilt.size, signed.head.tree_size):
            findings += found.findings
            findings += _nodes_that_differ(cursor, rebuilt.add(found.hashes))
        if rebuilt.root() != signed.head.root_hash:
            findings.append(Finding(Fault.ROOT_DIFFERS, signed.head.tree_size))
    return findings


@dataclass(frozen=True, slots=True)
class _Rebuilt:
    hashes: list[bytes]
    findings: list[Finding]


def _leaves(cursor: log.Cursor, start: int, end: int) -> Iterator[_Rebuilt]:
    """Leaf hashes [start, end) rebuilt from the rows, in runs."""
    for first in range(start, end, _AT_ONCE):
        places = range(first, min(first + _AT_ONCE, end))
        named = {
            leaf_index: (act_id, bytes(leaf_hash))
            for leaf_index, act_id, leaf_hash in cursor.execute(
                "SELECT leaf_index, act_id, leaf_hash FROM points_seal WHERE leaf_index >= %s AND leaf_index < %s",
                [places.start, places.stop],
            )
        }
        made = leaves.of_acts(cursor, [act_id for act_id, _ in named.values()])
        run = _Rebuilt([], [])
        for place in places:
            act_id, stored = named.get(place, (None, b""))
            leaf = made.get(act_id) if act_id is not None else None
            if leaf is None:
                fault = Fault.LEAF_MISSING if act_id is None else Fault.ACT_MISSING
                run.findings.append(Finding(fault, place, act_id))
                run.hashes.append(merkle.EMPTY_ROOT)  # any hash that is no leaf's
                continue
            run.hashes.append(leaves.hash_of(leaf))
            if run.hashes[-1] != stored:
                run.findings.append(Finding(Fault.LEAF_DIFFERS, place, act_id))
        yield run


def _nodes_that_differ(cursor: log.Cursor, gained: list[merkle.NewHashes]) -> list[Finding]:
    findings = []
    for level, start, made in gained[1:]:
        stored = dict(
            cursor.execute(
                'SELECT "index", hash FROM points_treenode WHERE level = %s AND "index" >= %s AND "index" < %s',
                [level, start, start + len(made)],
            ).fetchall()
        )
        findings += [
            Finding(Fault.NODE_DIFFERS, start + i, level=level)
            for i, each in enumerate(made)
            if bytes(stored.get(start + i, b"")) != each
        ]
    return findings


class _RebuiltTree:
    """A tree in memory that grows by runs of leaf hashes and stores, of full tiles, only the hashes above them."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: dict[int, dict[int, bytes]] = {}

    def hashes(self, level: int, start: int, count: int) -> list[bytes]:
        return [self._levels[level][i] for i in range(start, start + count)]

    def add(self, leaf_hashes: list[bytes]) -> list[merkle.NewHashes]:
        gained = merkle.grow(self, self.size, leaf_hashes)
        self.size += len(leaf_hashes)
        for level, start, made in gained:
            hashes = self._levels.setdefault(level, {})
            hashes.update(zip(range(start, start + len(made)), made, strict=True))
        full = self.size - self.size % merkle.TILE_WIDTH
        self._levels[0] = {i: each for i, each in self._levels.get(0, {}).items() if i >= full}
        return gained

    def root(self) -> bytes:
        return merkle.Tree(self, self.size).root()
