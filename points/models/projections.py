"""Projections: mutable, rebuilt from the books by the audit and equal to them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import LotKind, Purse

from .fields import CountingNumberField, Law, WholeNumberField


class Wallet(models.Model):
    """Member × purse: the balance in one read, and the member's mutex. No index on a column that changes (HOT)."""

    pk = models.CompositePrimaryKey("member_id", "purse")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="wallets"
    )
    balance = WholeNumberField(_("balance"), db_default=0)
    available = WholeNumberField(_("available"), db_default=0)
    held = WholeNumberField(_("held"), db_default=0)
    owed = WholeNumberField(_("owed"), db_default=0)
    next_change_at = models.DateTimeField(_("next change of what is available"), null=True)
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)
    is_merged = models.BooleanField(_("closed by a merge of accounts"), db_default=False)

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Law("available <= balance"), name="available_is_part_of_the_balance"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purse_display()} {self.balance}"


class Lot(models.Model):
    """Points granted together, with one issuer and one validity."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lots"
    )
    issuer = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    act_id = models.BigIntegerField(_("granted by act"))
    granted = CountingNumberField(_("granted"))
    remaining = WholeNumberField(_("remaining"))
    usable_from = models.DateTimeField(_("usable from"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    first_expires_at = models.DateTimeField(_("end of validity before it was extended"), null=True)
    source_lot_id = models.BigIntegerField(_("given from lot"), null=True)
    rule_id = models.BigIntegerField(_("earning rule"), null=True)
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)
    kind = EnumField(_("kind"), db_enum="lot_kind", choices=LotKind)
    value_fen = models.SmallIntegerField(_("guaranteed value per point in fen"), db_default=5)
    transferable = models.BooleanField(_("may be given to family"), db_default=False)
    is_open = models.BooleanField(_("has points left"), db_default=True)
    earmark = models.CharField(_("only for"), max_length=64, null=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes: ClassVar = [
            # Without the spend order in it, because a spend reads all open lots anyway, and equal keys are stored
            # once: a third of the bytes of (member, purse, expires_at, id).
            models.Index(fields=["member", "purse"], name="points_lot_open", condition=Q(is_open=True)),
            models.Index(fields=["act_id"], name="points_lot_by_act"),
            models.Index(
                fields=["source_lot_id"], name="points_lot_by_source", condition=Q(source_lot_id__isnull=False)
            ),
            models.Index(
                fields=["expires_at"], name="points_lot_to_expire", condition=Q(is_open=True, expires_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Law("remaining <= granted"), name="a_lot_keeps_at_most_what_it_granted"),
            models.CheckConstraint(
                condition=Law("is_open = (remaining > 0)"), name="a_lot_is_open_while_points_remain"
            ),
            models.CheckConstraint(condition=Law("expires_at > usable_from"), name="a_lot_is_usable_before_it_expires"),
            models.CheckConstraint(
                condition=Law("expires_at IS NULL OR kind <> 'spend'"), name="points_earned_by_spending_never_expire"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.granted}"


class Hold(models.Model):
    """An open or ended hold; ends once, by capture, release or lapse."""

    act = models.OneToOneField("points.Act", models.DO_NOTHING, primary_key=True, db_constraint=False, db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    points = models.BigIntegerField(_("points"))
    expires_at = models.DateTimeField(_("lapses at"))
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)
    is_open = models.BooleanField(_("open"), db_default=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes: ClassVar = [
            models.Index(fields=["member", "purse", "expires_at"], name="points_hold_open", condition=Q(is_open=True)),
            models.Index(fields=["expires_at"], name="points_hold_to_lapse", condition=Q(is_open=True)),
        ]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(points__gt=0), name="a_hold_keeps_points")]

    def __str__(self) -> str:
        return str(self.points)


class Debt(models.Model):
    """Debt of a member to one merchant after a return of points already spent; that merchant's next awards repay it."""

    pk = models.CompositePrimaryKey("member_id", "purse", "merchant_id")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    owed = models.BigIntegerField(_("owed"))
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(owed__gte=0), name="a_debt_is_not_negative")]

    def __str__(self) -> str:
        return str(self.owed)


class CapUsage(models.Model):
    """Points that a cap has used in one window, by member; member 0 is the merchant's own slot (a budget)."""

    pk = models.CompositePrimaryKey("member_id", "cap", "window")
    member_id = models.BigIntegerField(_("member, or 0 for a budget"))
    used = models.BigIntegerField(_("used"))
    cap = models.CharField(_("cap"), max_length=64)
    window = models.CharField(_("window"), max_length=32)

    class Meta:
        verbose_name = _("cap usage")
        verbose_name_plural = _("cap usage")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(used__gte=0), name="cap_usage_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.cap} {self.window}: {self.used}"


class Once(models.Model):
    """An award that a member may get once: the key, and the act that used it up."""

    pk = models.CompositePrimaryKey("member_id", "once_key")
    member_id = models.BigIntegerField(_("member"))
    act_id = models.BigIntegerField(_("used up by act"))
    once_key = models.CharField(_("key"), max_length=128)

    class Meta:
        verbose_name = _("once-only award")
        verbose_name_plural = _("once-only awards")

    def __str__(self) -> str:
        return self.once_key
