"""The post office's tables: facts waiting to be carried (outbox) and letters delivered (inbox)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Outbox(models.Model):
    """A fact written in its act's own transaction; the relay enqueues its tasks and deletes the row."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(_("topic"), max_length=64)
    payload = models.JSONField(_("payload"))
    created_at = models.DateTimeField(_("created at"), db_default=models.Func(function="clock_timestamp"))

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class InboxMessage(models.Model):
    """A letter in a member's inbox. One per message and recipient, however often the relay repeats itself."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox")
    outbox_id = models.BigIntegerField(_("from outbox message"))
    topic = models.CharField(_("topic"), max_length=64)
    payload = models.JSONField(_("payload"))
    delivered_at = models.DateTimeField(_("delivered at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("inbox message")
        verbose_name_plural = _("inbox")
        indexes: ClassVar = [models.Index(fields=["recipient", "-id"], name="inbox_newest_first")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "outbox_id"], name="a_message_is_delivered_once")
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.recipient_id}"
