"""Orders and their steps. Rows of Transition are the state machine, which a trigger enforces."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import Purse


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("placed")
    AWAITING_CASH = "awaiting_cash", _("awaiting payment")
    CONFIRMED = "confirmed", _("confirmed")
    FULFILLED = "fulfilled", _("on its way")
    ACCEPTED = "accepted", _("received")
    CANCELLED = "cancelled", _("cancelled")
    REFUNDED = "refunded", _("refunded")


class SystemReason(models.TextChoices):
    """Reasons of steps and refunds that no person made; a person types free text instead."""

    NOT_PAID = "not paid in time", _("not paid in time")
    PAID_LATE = "paid too late", _("paid too late")
    WRONG_AMOUNT = "not the amount due", _("not the amount due")
    RETURNED = "the goods came back", _("the goods came back")

    @classmethod
    def shown(cls, reason: str) -> str:
        """A stored reason: one of these in the reader's language, anything else as it was typed."""
        return str(cls(reason).label) if reason in cls.values else reason


class Transition(models.Model):
    """A step an order may take."""

    pk = models.CompositePrimaryKey("from_status", "to_status")
    from_status = models.CharField(max_length=14, choices=OrderStatus)
    to_status = models.CharField(max_length=14, choices=OrderStatus)

    class Meta:
        verbose_name = _("order transition")
        verbose_name_plural = _("order transitions")

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Order(models.Model):
    """A member's order of a reward. Act `hold_id` holds its points until act `capture_id` spends them."""

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="orders")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    reward = models.ForeignKey("redemption.Reward", models.PROTECT, related_name="orders")
    reference = models.CharField(_("reference"), max_length=128)
    request_hash = models.BinaryField(max_length=16)
    quantity = models.PositiveIntegerField(_("quantity"))
    # Equal to the reward's purse: a foreign key over both columns guards it (sql/orders/order_choice.sql).
    purse = EnumField(_("paid with"), db_enum="purse", choices=Purse, default=Purse.BASE)
    points = models.PositiveIntegerField(_("points"))
    cash_fen = models.PositiveIntegerField(_("cash in fen"), default=0)
    face_value_fen = models.PositiveIntegerField(_("face value in fen"))
    price_id = models.BigIntegerField(_("price"), null=True)
    offer_id = models.BigIntegerField(_("offer"), null=True)
    slot = models.ForeignKey("redemption.Slot", models.PROTECT, null=True, blank=True, related_name="orders")
    logo = models.ForeignKey(
        "redemption.Logo", models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("logo")
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=14, choices=OrderStatus)
    hold_id = models.BigIntegerField(_("hold"), null=True, unique=True)
    capture_id = models.BigIntegerField(_("spent by act"), null=True, unique=True)
    refunded_points = models.PositiveIntegerField(_("points refunded"), default=0)
    refunded_cash_fen = models.PositiveIntegerField(_("cash refunded in fen"), default=0)
    address_cipher = models.BinaryField(_("encrypted address"), null=True, editable=False)
    carrier = models.CharField(_("carrier"), max_length=50, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    placed_at = models.DateTimeField(_("placed at"))
    pay_before = models.DateTimeField(_("to be paid before"), null=True, blank=True)
    # Written with the status; the trigger copies them into the step it writes.
    status_at = models.DateTimeField(_("status since"))
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    status_reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes: ClassVar = [
            models.Index(fields=["member", "-id"], name="orders_of_a_member"),
            models.Index(fields=["merchant", "-id"], name="orders_of_a_merchant"),
            models.Index(fields=["pay_before"], name="orders_to_be_paid", condition=Q(status="awaiting_cash")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="an_order_reference_is_used_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, points__gt=0), name="an_order_asks_for_something"),
            models.CheckConstraint(
                condition=Q(refunded_points__lte=models.F("points"), refunded_cash_fen__lte=models.F("cash_fen")),
                name="an_order_refunds_at_most_what_it_took",
            ),
            models.CheckConstraint(
                condition=~Q(status="awaiting_cash") | Q(cash_fen__gt=0, pay_before__isnull=False),
                name="only_cash_is_waited_for",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "fulfilled", "accepted", "refunded"])
                | Q(capture_id__isnull=False),
                name="a_confirmed_order_has_spent_its_points",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class OrderStep(models.Model):
    """One step of an order with its actor, time and reason. The trigger that guards the status writes it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="steps")
    from_status = models.CharField(max_length=14, choices=OrderStatus, blank=True)
    to_status = models.CharField(max_length=14, choices=OrderStatus)
    taken_at = models.DateTimeField(_("taken at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("order step")
        verbose_name_plural = _("order steps")

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class LimitUsage(models.Model):
    """How many pieces a member redeemed of a reward in one window; counted under the lock of the wallet."""

    pk = models.CompositePrimaryKey("member_id", "reward_id", "window")
    member_id = models.BigIntegerField()
    reward_id = models.BigIntegerField()
    used = models.IntegerField()
    window = models.CharField(max_length=16)

    class Meta:
        verbose_name = _("limit usage")
        verbose_name_plural = _("limit usage")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(used__gte=0), name="limit_usage_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.used}"
