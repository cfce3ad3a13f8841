"""Points that pay part of a bill 抵扣, at 5 fen each; the rest is paid in money."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Offset(models.Model):
    """A bill, and the points that paid part of it. An accepted offset is final: refusing it later would be price fraud
    (价格欺诈)."""

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="offsets")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offsets")
    reference = models.CharField(_("reference"), max_length=128)
    request_hash = models.BinaryField(max_length=16)
    bill_fen = models.PositiveIntegerField(_("bill in fen"))
    points = models.PositiveIntegerField(_("points"))
    offset_fen = models.PositiveIntegerField(_("paid with points, in fen"))
    act_id = models.BigIntegerField(_("spent by act"), unique=True)
    refunded_points = models.PositiveIntegerField(_("points refunded"), default=0)
    refunded_fen = models.PositiveIntegerField(_("money refunded in fen"), default=0)
    refunded_bill_fen = models.PositiveIntegerField(_("of the bill refunded, in fen"), default=0)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("offset")
        verbose_name_plural = _("offsets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="an_offset_reference_is_used_once"),
            models.CheckConstraint(
                condition=Q(points__gt=0, offset_fen__gte=F("points") * 5, offset_fen__lte=F("bill_fen")),
                name="an_offset_gives_each_point_its_value",
            ),
            models.CheckConstraint(
                condition=Q(refunded_points__lte=F("points"), refunded_fen__lte=F("bill_fen") - F("offset_fen"))
                & Q(refunded_bill_fen__lte=F("bill_fen")),
                name="an_offset_refunds_at_most_what_it_took",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class OffsetRefund(models.Model):
    """A refund of part of the bill, shared between points and money in proportion; odd fen go to money (SPEC R25)."""

    offset = models.ForeignKey(Offset, models.PROTECT, related_name="refunds")
    reference = models.CharField(_("reference"), max_length=128)
    request_hash = models.BinaryField(max_length=16)
    amount_fen = models.PositiveIntegerField(_("amount in fen"))
    points = models.PositiveIntegerField(_("points"))
    money_fen = models.PositiveIntegerField(_("money in fen"))
    act_id = models.BigIntegerField(_("booked as act"), null=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("offset refund")
        verbose_name_plural = _("offset refunds")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offset", "reference"], name="an_offset_refund_reference_is_used_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="an_offset_refund_gives_something_back"),
        ]

    def __str__(self) -> str:
        return self.reference
