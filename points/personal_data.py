"""The ledger's part in export, erasure and retention of personal data.

Entries are never erased: without an identity they are no personal data.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.data_subjects import TIMELINE_LENGTH, Table, TimelineEvent, Unspent
from accounts.models import User
from merchants.models import Merchant
from points import queries
from points.models import Act, Journal, Lot, Once, Wallet
from points.types import ActKind

SIGN_UP = "sign-up:"


def tables(person: User, moment: datetime) -> list[Table]:
    return [_wallets(person, moment), _statement(person), _lots(person)]


def found_by(typed: str) -> set[int]:
    """Find members by the reference of an act, which is printed on a receipt."""
    # Merchants and kinds are named, because only with them the unique index leads to the reference.
    merchants = list(Merchant.objects.values_list("pk", flat=True))
    acts = Act.objects.filter(merchant_id__in=merchants, kind__in=ActKind.values, reference=typed)
    return {*Journal.objects.filter(act__in=list(acts[:TIMELINE_LENGTH])).values_list("member_id", flat=True)}


def timeline(person: User) -> list[TimelineEvent]:
    lines = queries.statement(member_id=person.pk)[:TIMELINE_LENGTH]
    return [_timeline_event(line) for line in lines]


def _timeline_event(line: Journal) -> TimelineEvent:
    about = f"{line.get_purse_display()} {line.points:+} · {line.act.merchant} · {line.act.reference}"
    return TimelineEvent(line.act.occurred_at, line.act.get_kind_display(), about)


def unspent(person: User, moment: datetime) -> list[Unspent]:
    wallets = Wallet.objects.filter(member_id=person.pk).order_by("purse")
    return [Unspent(wallet.purse, wallet.balance + wallet.held) for wallet in wallets]


def used_up(person: User) -> list[str]:
    """Keys of sign-up bonuses, which a person gets once per merchant however often they join (SPEC R05)."""
    keys = Once.objects.filter(member_id=person.pk, once_key__startswith=SIGN_UP)
    return list(keys.values_list("once_key", flat=True))


def erase(person: User, moment: datetime) -> None:
    return


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    """Members who have points, owe some, or had an act booked since."""
    wallets = Wallet.objects.filter(member_id__in=person_ids)
    with_points = wallets.filter(Q(balance__gt=0) | Q(held__gt=0) | Q(owed__gt=0)).values_list("member_id", flat=True)
    active = Journal.objects.filter(member_id__in=person_ids, act__recorded_at__gte=since)
    return {*with_points, *active.values_list("member_id", flat=True).distinct()}


def _wallets(person: User, moment: datetime) -> Table:
    columns = ["purse", "balance", "available", "held", "owed"]
    views = queries.wallets(member_id=person.pk, moment=moment)
    return Table(
        "wallets", columns, [[str(view.purse), *(getattr(view, name) for name in columns[1:])] for view in views]
    )


def _statement(person: User) -> Table:
    lines = queries.statement(member_id=person.pk)
    return Table(
        "statement",
        ["act", "merchant", "kind", "reference", "occurred_at", "recorded_at", "purse", "points", "balance_after"],
        [_line(line) for line in lines],
    )


def _line(line: Journal) -> list[Any]:
    act = line.act
    return [
        act.pk,
        act.merchant.name,
        act.get_kind_display(),
        act.reference,
        act.occurred_at,
        act.recorded_at,
        line.get_purse_display(),
        line.points,
        line.balance_after,
    ]


def _lots(person: User) -> Table:
    columns = ["purse", "issuer", "granted", "remaining", "usable_from", "expires_at"]
    lots = Lot.objects.filter(member_id=person.pk).select_related("issuer").order_by("id")
    rows = [
        [lot.get_purse_display(), lot.issuer.name, lot.granted, lot.remaining, lot.usable_from, lot.expires_at]
        for lot in lots
    ]
    return Table("lots", columns, rows)
