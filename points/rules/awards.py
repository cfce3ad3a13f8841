"""The award of a rule before it is booked, and its JSON for the ledger functions.

An award is a candidate: under the lock the ledger function clamps it to the remainder of its caps and drops it if its
once-only key is used. Points are whole numbers, never negative; an award of 0 points is stored to use up its key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

PurseName = Literal["base", "green"]
LotKindName = Literal["spend", "bonus", "green", "gift", "compensation", "opening", "miles"]


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` points under `key` in `window`; per member, or in one slot for all of them (a budget)."""

    key: str  # `rule:7`, `campaign:3:spring`, `merchant:3`; at most 64 characters
    window: str  # Shanghai's `2026-11-22`, `2026-11`, `2026`, or `campaign`
    limit: int
    member: bool = True


@dataclass(frozen=True, slots=True)
class Award:
    """Points that one version of one rule grants, with the reason.

    `reason` is stable machine text; `note` holds the figures that its sentence needs, whole numbers and short strings
    only. The file of each kind in `points.rules.kinds` lists its reasons and notes. Common to all kinds is `over`:
    [[rule, version], …] that would have counted instead; a return evaluates them again (`points.rules.clawback`).
    """

    purse: PurseName
    points: int
    kind: LotKindName
    rule_id: int
    rule_version: int
    reason: str
    usable_from: datetime | None = None  # None: at once
    expires_at: datetime | None = None  # None: never
    earmark: str | None = None
    transferable: bool = False
    once_key: str | None = None
    caps: tuple[Cap, ...] = ()
    note: Mapping[str, Any] = field(default_factory=dict)


def to_json(awards: Iterable[Award]) -> list[dict[str, Any]]:
    """The awards as ledger functions take them and acts store them. Defaults are left out to save space: base purse,
    earned by spending, usable at once, never expires, no earmark, not transferable, no once-only key, no caps, no note.
    """
    return [_object(award) for award in awards]


def from_json(objects: Sequence[Mapping[str, Any]]) -> tuple[Award, ...]:
    """The awards of a stored breakdown. Keys that are not an award's, such as those of a clamp, are ignored."""
    return tuple(_award(item) for item in objects)


def _object(award: Award) -> dict[str, Any]:
    item: dict[str, Any] = {
        "points": award.points,
        "rule": award.rule_id,
        "version": award.rule_version,
        "reason": award.reason,
    }
    if award.purse != "base":
        item["purse"] = award.purse
    if award.kind != "spend":
        item["kind"] = award.kind
    if award.usable_from is not None:
        item["usable_from"] = award.usable_from.isoformat()
    if award.expires_at is not None:
        item["expires_at"] = award.expires_at.isoformat()
    if award.earmark is not None:
        item["earmark"] = award.earmark
    if award.transferable:
        item["transferable"] = True
    if award.once_key is not None:
        item["once"] = award.once_key
    if award.caps:
        item["caps"] = [
            {"key": cap.key, "window": cap.window, "limit": cap.limit, "member": cap.member} for cap in award.caps
        ]
    if award.note:
        item["note"] = dict(award.note)
    return item


def _award(item: Mapping[str, Any]) -> Award:
    return Award(
        purse=item.get("purse", "base"),
        points=item["points"],
        kind=item.get("kind", "spend"),
        rule_id=item["rule"],
        rule_version=item["version"],
        reason=item["reason"],
        usable_from=_moment(item.get("usable_from")),
        expires_at=_moment(item.get("expires_at")),
        earmark=item.get("earmark"),
        transferable=item.get("transferable", False),
        once_key=item.get("once"),
        caps=tuple(
            Cap(key=cap["key"], window=cap["window"], limit=cap["limit"], member=cap.get("member", True))
            for cap in item.get("caps", ())
        ),
        note=item.get("note", {}),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
