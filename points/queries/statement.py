"""What happened to a member's points, newest first."""

from datetime import datetime

from django.db.models import QuerySet

from points.models import Act, Journal, Purse


def statement(
    *,
    member_id: int,
    merchant_id: int | None = None,
    purse: Purse | None = None,
    kinds: list[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Journal]:
    """The member's journal with its acts, newest first; of one merchant's acts only when `merchant_id` is given.

    `since` ≤ occurred < `until`.
    """
    lines = (
        Journal.objects.filter(member_id=member_id).select_related("act", "act__merchant").order_by("-act_id", "purse")
    )
    if merchant_id is not None:
        lines = lines.filter(merchant_id=merchant_id)
    if purse is not None:
        lines = lines.filter(purse=purse)
    if kinds:
        lines = lines.filter(act__kind__in=kinds)
    if since is not None:
        lines = lines.filter(act__occurred_at__gte=since)
    if until is not None:
        lines = lines.filter(act__occurred_at__lt=until)
    return lines


def act_of(*, merchant_id: int, act_id: int) -> Act | None:
    """One act of this merchant."""
    return Act.objects.filter(pk=act_id, merchant_id=merchant_id).first()
