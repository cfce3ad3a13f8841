"""Payments of cash. The provider pays the merchant's own account; the platform never holds the money (SPEC D12)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PayeeAccount(models.Model):
    """A merchant's own account at a provider, which receives the cash of orders (SPEC D12)."""

    merchant = models.OneToOneField("merchants.Merchant", models.PROTECT, related_name="payee_account")
    provider = models.CharField(_("provider"), max_length=16)
    account = models.CharField(_("account"), max_length=64)

    class Meta:
        verbose_name = _("merchant's account at a provider")
        verbose_name_plural = _("merchants' accounts at providers")

    def __str__(self) -> str:
        return f"{self.provider} {self.account}"


class PaymentStatus(models.TextChoices):
    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    REFUND_DUE = "refund_due", _("to be refunded")
    REFUNDED = "refunded", _("refunded")
    CLOSED = "closed", _("closed unpaid")


class Payment(models.Model):
    """One payment request at a provider; money that came too late is `refund_due`."""

    order = models.ForeignKey("redemption.Order", models.PROTECT, related_name="payments")
    provider = models.CharField(_("provider"), max_length=16)
    number = models.CharField(_("our number at the provider"), max_length=32, unique=True)
    provider_number = models.CharField(_("the provider's number"), max_length=64, null=True, unique=True)
    payee_account = models.CharField(_("the merchant's account at the provider"), max_length=64)
    amount_fen = models.PositiveIntegerField(_("amount in fen"))
    received_fen = models.PositiveIntegerField(_("received in fen"), default=0)
    refunded_fen = models.PositiveIntegerField(_("refunded in fen"), default=0)
    pay_url = models.CharField(_("where to pay"), max_length=512, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=PaymentStatus, default=PaymentStatus.OPEN)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, refunded_fen__lte=F("received_fen")),
                name="a_payment_refunds_at_most_what_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "closed"]) | Q(paid_at__isnull=False),
                name="a_paid_payment_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ProviderCallback(models.Model):
    """A provider's callback with a verified signature, stored once by the provider's event id."""

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=64)
    payload = models.JSONField()
    verdict = models.CharField(_("verdict"), max_length=32)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("provider callback")
        verbose_name_plural = _("provider callbacks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="a_callback_is_stored_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Refund(models.Model):
    """One refund of an order: points to their lots, cash through the provider, each at most what was taken."""

    order = models.ForeignKey("redemption.Order", models.PROTECT, related_name="refunds")
    reference = models.CharField(_("reference"), max_length=128)
    request_hash = models.BinaryField(max_length=16)
    points = models.PositiveIntegerField(_("points"), default=0)
    cash_fen = models.PositiveIntegerField(_("cash in fen"), default=0)
    act_id = models.BigIntegerField(_("booked as act"), null=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="refunds")
    cash_status = models.CharField(
        _("cash"), max_length=10, choices=[("none", _("none")), ("due", _("due")), ("done", _("done"))], default="none"
    )
    reason = models.CharField(_("reason"), max_length=200)
    done_at = models.DateTimeField(_("cash refunded at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "reference"], name="a_refund_reference_is_used_once"),
            models.CheckConstraint(condition=Q(points__gt=0) | Q(cash_fen__gt=0), name="a_refund_gives_something_back"),
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxPayment(models.Model):
    """The payments of the sandbox provider, in place of a real provider's database. Never in production."""

    number = models.CharField(max_length=32, primary_key=True)
    payee_account = models.CharField(max_length=64)
    amount_fen = models.PositiveIntegerField()
    paid_at = models.DateTimeField(null=True)
    is_closed = models.BooleanField(default=False)
    refunds = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("sandbox payment")
        verbose_name_plural = _("sandbox payments")

    def __str__(self) -> str:
        return self.number
