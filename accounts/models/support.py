"""Support's work on accounts: unmasked numbers, moves to another number, merges."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class PhoneUnmasking(models.Model):
    """A member of staff unmasked a person's number. Append-only: the database refuses updates and deletions."""

    person = models.ForeignKey(User, models.PROTECT, related_name="unmaskings", verbose_name=_("person"))
    seen_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("seen by"))
    reason = models.CharField(_("reason"), max_length=200)
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("unmasked number")
        verbose_name_plural = _("unmasked numbers")
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="unmasking_newest_first")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="an_unmasking_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.seen_at:%Y-%m-%d %H:%M}"


class PhoneMove(models.Model):
    """Support moves the account of a member who lost their number to another number that the caller proved.

    The move is carried out when a second person approves it, or at `due_at`, some days after a notice to the old
    number. If the notice was not sent, or nobody used the account for half a year, there is no `due_at` and a second
    person must approve.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="phone_moves", verbose_name=_("person"))
    # Sealed by the installation's key ring; empty once the move has ended.
    phone = models.BinaryField(_("sealed phone"), null=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    due_at = models.DateTimeField(_("happens by itself at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("move to another number")
        verbose_name_plural = _("moves to another number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(done_at__isnull=True, stopped_at__isnull=True),
                name="one_open_phone_move_per_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="a_phone_move_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | Q(approved_by__isnull=False)
                | Q(due_at__isnull=False, done_at__gte=F("due_at")),
                name="a_phone_move_is_approved_or_waited_for",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(stopped_at__isnull=True),
                name="a_phone_move_is_done_or_stopped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.proposed_at:%Y-%m-%d}"


class MemberMerge(models.Model):
    """A merge of the duplicate account of a person into the surviving one: one member of support proposes it, another
    approves it. The ledger functions accept only an approved row."""

    duplicate = models.ForeignKey(User, models.PROTECT, related_name="merges", verbose_name=_("duplicate"))
    survivor = models.ForeignKey(User, models.PROTECT, related_name="merges_received", verbose_name=_("survivor"))
    reason = models.CharField(_("reason"), max_length=200)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge of accounts")
        verbose_name_plural = _("merges of accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["duplicate"], condition=Q(stopped_at__isnull=True), name="a_duplicate_is_merged_once"
            ),
            models.CheckConstraint(condition=~Q(duplicate=F("survivor")), name="nobody_is_merged_into_themself"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_merge_has_a_reason"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="a_merge_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, stopped_at__isnull=True),
                name="an_approved_merge_has_a_time_and_is_not_stopped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_id} → {self.survivor_id}"
