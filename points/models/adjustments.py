"""Proposals to correct a wallet; booked once, by the approval of a second person."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import Purse


class Adjustment(models.Model):
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse, default=Purse.BASE)
    points = models.BigIntegerField(_("points"), help_text=_("negative takes points away"))
    reason = models.CharField(_("reason"), max_length=500)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), db_default=Now())
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    act_id = models.BigIntegerField(_("booked as act"), null=True, blank=True, unique=True)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="an_adjustment_is_approved_by_another_person",
            ),
            models.CheckConstraint(condition=~Q(points=0), name="an_adjustment_moves_points"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_adjustment_has_a_reason"),
            models.CheckConstraint(
                condition=Q(act_id__isnull=True) | Q(approved_by__isnull=False),
                name="an_adjustment_is_booked_after_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}: {self.reason}"
