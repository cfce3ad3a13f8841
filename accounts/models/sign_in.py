"""Credentials for signing in: codes sent by SMS, and cards."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class ChallengePurpose(models.TextChoices):
    """The single purpose that a code is valid for."""

    SIGN_IN = "sign_in", _("sign in")
    OLD_PHONE = "old_phone", _("confirm the present number")
    NEW_PHONE = "new_phone", _("confirm the new number")
    CONFIRM = "confirm", _("confirm that it is still you")
    MOVED_PHONE = "moved_phone", _("confirm to support the number to move to")


class Challenge(models.Model):
    """A code sent to a number: the code as a hash, the number sealed. The row is purged a day after it expired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("purpose"), max_length=20, choices=ChallengePurpose)
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    phone = models.BinaryField(_("sealed phone"))
    code_hash = models.BinaryField(_("code"), max_length=32)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    passed_at = models.DateTimeField(_("passed at"), null=True)

    class Meta:
        verbose_name = _("SMS code")
        verbose_name_plural = _("SMS codes")

    def __str__(self) -> str:
        return str(self.pk)


class Card(models.Model):
    """A card for a member without a smartphone. Scanners read its number; the PIN is stored as a hash.

    The row names the person who issued or blocked the card, and the shop; without a shop it was the platform's support.
    """

    member = models.ForeignKey(User, models.CASCADE, related_name="cards")
    number = models.CharField(_("number"), max_length=16, unique=True)
    pin_hash = models.CharField(_("PIN"), max_length=128, blank=True)
    failed_attempts = models.PositiveSmallIntegerField(_("wrong PINs in a row"), default=0)
    issued_at = models.DateTimeField(_("issued at"), db_default=Now())
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by"))
    issued_for = models.CharField(_("issued for the shop"), max_length=100, blank=True)
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)
    blocked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("blocked by"))
    blocked_for = models.CharField(_("blocked for the shop"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(blocked_at__isnull=True), name="a_member_has_one_open_card"
            )
        ]

    def __str__(self) -> str:
        return f"****{self.number[-4:]}"
