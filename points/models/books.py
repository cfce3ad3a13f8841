"""The ledger: append-only, for ever. Only the ledger functions (schema `points`) insert; nobody updates or deletes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import AccountKind, ActKind, Purse

from .fields import (
    CountingNumberField,
    Law,
    ReferenceField,
    RequestHashField,
    WholeNumberField,
    Xid8Field,
)

HOLD_ENDS = (ActKind.CAPTURE, ActKind.RELEASE, ActKind.LAPSE)


class Act(models.Model):
    """One business act."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    parent_id = models.BigIntegerField(_("answers act"), null=True)
    actor_id = models.BigIntegerField(_("actor"), null=True)
    approved_by_id = models.BigIntegerField(_("approved by"), null=True)
    amount_fen = WholeNumberField(_("amount in fen"), null=True)
    store_id = models.BigIntegerField(_("store"), null=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Func(function="clock_timestamp"))
    xid = Xid8Field(db_default=Func(function="pg_current_xact_id"))
    kind = EnumField(_("kind"), db_enum="act_kind", choices=ActKind)
    request_hash = RequestHashField(_("request hash"), max_length=16)
    reference = ReferenceField(_("reference"), max_length=128)
    breakdown = models.JSONField(_("breakdown"))

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        indexes: ClassVar = [
            models.Index(fields=["xid"], name="points_act_by_xid"),
            models.Index(
                fields=["parent_id", "kind"], name="points_act_by_parent", condition=Q(parent_id__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "reference"], name="a_reference_is_used_once_per_merchant_and_kind"
            ),
            models.UniqueConstraint(fields=["parent_id"], condition=Q(kind__in=HOLD_ENDS), name="a_hold_ends_once"),
            models.UniqueConstraint(
                fields=["parent_id"], condition=Q(kind=ActKind.REVERSAL), name="an_act_is_reversed_once"
            ),
            models.CheckConstraint(
                condition=Law(
                    "parent_id IS NOT NULL OR kind <> ALL ('{capture,release,lapse,return,reversal,refund}')"
                ),
                name="an_answer_names_the_act_it_answers",
            ),
            models.CheckConstraint(
                condition=Law("kind <> ALL ('{adjustment,merge}') OR (actor_id <> approved_by_id) IS TRUE"),
                name="an_adjustment_or_a_merge_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class Journal(models.Model):
    """Effect of one act on one wallet: points (signed, may be 0) and the balance after."""

    pk = models.CompositePrimaryKey("member_id", "purse", "act_id")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="journal")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    points = models.BigIntegerField(_("points"))
    balance_after = WholeNumberField(_("balance after"))
    owed = models.BigIntegerField(_("change of points owed"), db_default=0)
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        indexes: ClassVar = [models.Index(fields=["act"], name="points_journal_by_act")]
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.points:+d}"


class Posting(models.Model):
    """Debit account, credit account, amount > 0 in one row: balanced by its shape.

    `points.may_meet` decides which kinds of accounts a posting may join.
    """

    pk = models.CompositePrimaryKey("act_id", "line")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="postings")
    debit_holder = models.BigIntegerField(_("debit holder"))
    credit_holder = models.BigIntegerField(_("credit holder"))
    amount = CountingNumberField(_("points"))
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)
    debit_kind = EnumField(_("debit account"), db_enum="account_kind", choices=AccountKind)
    credit_kind = EnumField(_("credit account"), db_enum="account_kind", choices=AccountKind)
    line = models.SmallIntegerField(_("line"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")

    def __str__(self) -> str:
        return f"{self.get_debit_kind_display()} → {self.get_credit_kind_display()} {self.amount}"


class Draw(models.Model):
    """How much an act took from (negative) or gave back to (positive) one lot."""

    pk = models.CompositePrimaryKey("act_id", "lot_id")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="draws")
    lot = models.ForeignKey("points.Lot", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="draws")
    points = models.BigIntegerField(_("points"))
    expires_at = models.DateTimeField(_("new end of validity"), null=True)

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        indexes: ClassVar = [models.Index(fields=["lot"], name="points_draw_by_lot")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(points=0), name="a_draw_moves_points")]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class Idempotency(models.Model):
    """The key under which a booked act was requested; the act holds the request's hash. A refusal leaves nothing here.

    Only 128 bits of the key's SHA-256 are kept: half the bytes of what clients send, and of an index in random order.
    """

    pk = models.CompositePrimaryKey("merchant_id", "key_digest")
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False)
    key_digest = models.UUIDField(_("digest of the key"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self) -> str:
        return str(self.key_digest)
