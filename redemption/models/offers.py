"""Prices for one member alone."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from points.clearing_value import CLEARING_VALUE_FEN


class Offer(models.Model):
    """A price for one member and a period, with the criterion of the choice, which the member reads."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    reward = models.ForeignKey("redemption.Reward", models.PROTECT, related_name="offers")
    points = models.PositiveIntegerField(_("points"))
    cash_fen = models.PositiveIntegerField(_("cash in fen"), default=0)
    face_value_fen = models.PositiveIntegerField(_("face value in fen"))
    opens_at = models.DateTimeField(_("from"))
    closes_at = models.DateTimeField(_("until"))
    criterion = models.CharField(_("why this member"), max_length=200)
    used_by_order_id = models.BigIntegerField(_("used by order"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(points__gt=0, face_value_fen__gte=F("cash_fen") + F("points") * CLEARING_VALUE_FEN),
                name="an_offer_keeps_the_guaranteed_value",
            ),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="an_offer_closes_after_it_opens"),
            models.CheckConstraint(condition=~Q(criterion=""), name="an_offer_has_its_criterion"),
        ]

    def __str__(self) -> str:
        return f"{self.reward} {self.points}"
