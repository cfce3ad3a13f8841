"""Returns of goods 退货: requested, sent back, accepted or refused. A trigger guards the steps."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReturnStatus(models.TextChoices):
    REQUESTED = "asked", _("requested")
    SENT = "sent", _("on its way back")
    ACCEPTED = "accepted", _("taken back")
    REFUSED = "refused", _("refused")


class ReturnReason(models.TextChoices):
    CHANGE_OF_MIND = "change_of_mind", _("no reason needed")
    FAULTY = "faulty", _("faulty")
    NOT_AS_DESCRIBED = "not_as_described", _("not as described")


class OrderReturn(models.Model):
    """Pieces of an order that its member gives back, by parcel or over the counter."""

    order = models.ForeignKey("redemption.Order", models.PROTECT, related_name="returns", verbose_name=_("order"))
    reference = models.CharField(_("reference"), max_length=128)
    request_hash = models.BinaryField(max_length=16)
    quantity = models.PositiveIntegerField(_("quantity"))
    reason_code = models.CharField(_("kind of reason"), max_length=16, choices=ReturnReason)
    reason = models.CharField(_("member's comment"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=ReturnStatus, default=ReturnStatus.REQUESTED)
    requested_at = models.DateTimeField(_("requested at"))
    sent_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=50, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    refund = models.OneToOneField(
        "redemption.Refund", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refund")
    )
    refusal = models.CharField(_("why it was refused"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "reference"], name="a_return_reference_is_used_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=["asked", "sent"]), name="one_return_of_an_order_at_a_time"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_return_is_of_some_pieces"),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="a_sent_return_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", refund__isnull=False) | (~Q(status="accepted") & Q(refund__isnull=True)),
                name="an_accepted_return_is_refunded",
            ),
            models.CheckConstraint(
                condition=Q(status="refused") & ~Q(refusal="") | ~Q(status="refused") & Q(refusal=""),
                name="a_refused_return_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["accepted", "refused"], settled_at__isnull=False)
                | Q(status__in=["asked", "sent"], settled_at__isnull=True),
                name="a_settled_return_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
