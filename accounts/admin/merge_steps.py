"""The steps of proposing a merge: support finds the account that stays, compares both, then proposes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import auth, data_subjects
from accounts.forms import MergeForm
from accounts.models import User
from accounts.operations import merges
from accounts.operations.support import SupportRefused

KINDS: Final[dict[str, Promise]] = {
    "base": pgettext_lazy("purse", "points"),
    "green": _("green points"),
    "voucher": _("vouchers"),
}


@dataclass(frozen=True)
class Line:
    """Points of one purse, or vouchers, of both accounts, and of the one that stays once they are one."""

    name: Promise
    duplicate: int
    survivor: int

    @property
    def after(self) -> int:
        return self.duplicate + self.survivor


@dataclass(frozen=True)
class Step:
    """The next page: a form, with `survivor` also the figures of both accounts; none once the merge is proposed."""

    form: Form
    survivor: User | None = None
    lines: Sequence[Line] = ()
    is_proposed: bool = False


def next_step(request: HttpRequest, duplicate: User) -> Step:
    """Process the posted form: show both accounts first, then propose."""
    form = MergeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return Step(form)
    survivor = _find_survivor(form.cleaned_data["typed"], duplicate)
    if survivor is None:
        form.add_error("typed", _("Nobody, or more than one. The member id is exact."))
        return Step(form)
    now = timezone.now()
    if "confirmed" not in request.POST:
        return Step(form, survivor, lines(duplicate, survivor, now))
    try:
        merges.propose(
            duplicate=duplicate, survivor=survivor, by=auth.me(request), reason=form.cleaned_data["reason"], moment=now
        )
    except SupportRefused as refusal:
        form.add_error(None, refusal.message)
        return Step(form)
    return Step(form, survivor, is_proposed=True)


def lines(duplicate: User, survivor: User, moment: datetime) -> list[Line]:
    """The figures of both accounts, held points included."""
    of_duplicate, of_survivor = _counted(duplicate, moment), _counted(survivor, moment)
    return [Line(name, of_duplicate[kind], of_survivor[kind]) for kind, name in KINDS.items()]


def _counted(person: User, moment: datetime) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in data_subjects.unspent(person, moment):
        counted[one.kind] += one.count
    return counted


def _find_survivor(typed: str, duplicate: User) -> User | None:
    """The one active account that the text leads to."""
    found = User.objects.filter(pk__in=data_subjects.find(typed), is_active=True).exclude(pk=duplicate.pk)
    people = list(found.select_related("wrapped_key")[:2])
    return people[0] if len(people) == 1 else None
