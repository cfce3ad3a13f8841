"""Results of audits, one row for each; written once, never changed."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditRun(models.Model):
    """One audit. `findings`: name → {count, milliseconds, examples} of every law that was checked."""

    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), db_default=Now())
    is_ok = models.BooleanField(_("no law is broken"))
    findings = models.JSONField(_("findings"))

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
