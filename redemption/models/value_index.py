"""The published index of what a point buys."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ValueIndex(models.Model):
    """The worth of a point on one day over all prices in force (SPEC R37). Published daily, stored for ever."""

    day = models.DateField(_("day"), primary_key=True)
    prices = models.PositiveIntegerField(_("prices"))
    lowest_fen_per_point = models.DecimalField(_("lowest fen per point"), max_digits=12, decimal_places=4, null=True)
    median_fen_per_point = models.DecimalField(_("median fen per point"), max_digits=12, decimal_places=4, null=True)
    stale_rewards = models.JSONField(_("rewards whose evidence is older than 30 days"), default=list)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("value index")
        verbose_name_plural = _("value index")

    def __str__(self) -> str:
        return f"{self.day}: {self.lowest_fen_per_point}"
