"""Vouchers 券 that a merchant accepts once, and the coupons they may carry."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class VoucherStatus(models.TextChoices):
    ISSUED = "issued", _("issued")
    ACCEPTED = "accepted", pgettext_lazy("voucher", "accepted")
    VOID = "void", _("void")


class Voucher(models.Model):
    """The right to one piece of an order for whoever presents its code, found by the SHA-256 of the random code."""

    order = models.ForeignKey("redemption.Order", models.PROTECT, related_name="vouchers")
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+")
    code_hash = models.BinaryField(_("code hash"), max_length=32, unique=True)
    code_cipher = models.BinaryField(_("encrypted code"), editable=False)
    status = models.CharField(_("status"), max_length=8, choices=VoucherStatus, default=VoucherStatus.ISSUED)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    accepted_by_credential_id = models.BigIntegerField(_("accepted by credential"), null=True)
    accepted_in = models.ForeignKey("merchants.Store", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(status="accepted") & Q(accepted_at__isnull=False, accepted_in__isnull=False))
                | (~Q(status="accepted") & Q(accepted_at__isnull=True)),
                name="an_accepted_voucher_has_its_time_and_store",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_status_display()}"


class VoucherStep(models.Model):
    """An acceptance of a voucher, or its undoing, with actor, store and time. Append-only."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="steps")
    to_status = models.CharField(max_length=8, choices=VoucherStatus)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    credential_id = models.BigIntegerField(_("by credential"), null=True)
    store = models.ForeignKey("merchants.Store", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("voucher step")
        verbose_name_plural = _("voucher steps")

    def __str__(self) -> str:
        return f"{self.voucher_id} → {self.to_status}"


class Coupon(models.Model):
    """The discount of a voucher on a bill: a fixed sum or a percentage, from a minimum spend."""

    voucher = models.OneToOneField(Voucher, models.PROTECT, related_name="coupon")
    off_fen = models.PositiveIntegerField(_("off, in fen"), null=True, blank=True)
    off_percent = models.PositiveSmallIntegerField(_("off, in percent"), null=True, blank=True)
    minimum_fen = models.PositiveIntegerField(_("minimum spend in fen"), default=0)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(off_fen__isnull=True, off_percent__gte=1, off_percent__lte=100)
                | Q(off_fen__gt=0, off_percent__isnull=True),
                name="a_coupon_takes_off_a_sum_or_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return f"-{self.off_fen or self.off_percent}"
