"""Published messages, their deliveries to consumers, inbox messages and sandbox SMS."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Outbox(models.Model):
    """A message written in the transaction of its act; the relay turns it into one delivery per consumer."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(_("topic"), max_length=64)
    payload = models.JSONField(_("payload"))
    created_at = models.DateTimeField(_("created at"), db_default=models.Func(function="clock_timestamp"))

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class Delivery(models.Model):
    """One message for one consumer. The transaction of the consumer's work deletes the row; or the row is parked.

    One row per consumer, because the failures of one consumer must neither repeat nor delay the work of another.
    """

    message_id = models.BigIntegerField(_("outbox message"))
    consumer = models.CharField(_("consumer"), max_length=100)
    topic = models.CharField(_("topic"), max_length=64)
    payload = models.JSONField(_("payload"))
    published_at = models.DateTimeField(_("published at"))
    due_at = models.DateTimeField(_("sent again at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    last_error = models.CharField(_("last error"), max_length=500, blank=True, db_default="")
    parked_at = models.DateTimeField(_("parked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(parked_at__isnull=True)),
            models.Index(fields=["parked_at"], name="delivery_parked", condition=Q(parked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id} → {self.consumer}"


class InboxMessage(models.Model):
    """A message in a member's inbox: stored as facts, rendered on reading in the reader's language."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox")
    outbox_id = models.BigIntegerField(_("from outbox message"))
    topic = models.CharField(_("topic"), max_length=64)
    payload = models.JSONField(_("facts"))
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


class SandboxSms(models.Model):
    """An SMS that the sandbox did not send. Number and text are sealed, because copies of a demo database travel."""

    template = models.CharField(_("template"), max_length=32)
    phone_index = models.BinaryField(_("phone index"), max_length=32, db_index=True)
    sealed = models.BinaryField(_("sealed number and text"))
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("sandbox SMS")
        verbose_name_plural = _("sandbox SMS")

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"
