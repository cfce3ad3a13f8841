"""Member codes, and authorisations to spend a member's points."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models.shops import Merchant


class MemberCode(models.Model):
    """A code on a member's screen, valid for one scan within a minute. The row stores its keyed hash.

    `spend_limit` is the number of points that showing the code may spend; with 0 it only identifies the member.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    code_hash = models.BinaryField(_("code"), max_length=32, unique=True)
    spend_limit = models.BigIntegerField(_("may spend up to"), default=0)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="+")
    key = models.CharField(_("key"), max_length=255, null=True)
    has_joined = models.BooleanField(_("made the member join"), default=False)

    class Meta:
        verbose_name = _("member code")
        verbose_name_plural = _("member codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "key"], name="a_code_is_resolved_once_per_key"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, merchant__isnull=True, key__isnull=True)
                | Q(used_at__isnull=False, merchant__isnull=False, key__isnull=False),
                name="a_used_code_has_a_merchant_and_a_key",
            ),
            models.CheckConstraint(condition=Q(spend_limit__gte=0), name="a_code_allows_no_less_than_nothing"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SpendingAct(models.TextChoices):
    """The act that an authorisation is for."""

    HOLD = "hold", _("setting points aside")
    OFFSET = "offset", _("paying part of a bill with points")
    ORDER = "order", _("ordering a reward")
    TRANSFER = "transfer", _("giving points to family")


class Authorisation(models.Model):
    """An authorisation by one member for one merchant, for one act of at most `max_points`, used once (SPEC D13).

    Given by a member code, which confirms it at once, or by an SMS code, which the member gives to the cashier.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    act = models.CharField(_("act"), max_length=20, choices=SpendingAct)
    max_points = models.BigIntegerField(_("at most"))
    member_code = models.OneToOneField(MemberCode, models.SET_NULL, null=True, related_name="authorisation")
    code_hash = models.BinaryField(_("SMS code"), max_length=32, null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    key = models.CharField(_("key"), max_length=255, null=True)
    given_at = models.DateTimeField(_("given at"))
    expires_at = models.DateTimeField(_("expires at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    reference = models.CharField(_("used for"), max_length=128, null=True)

    class Meta:
        verbose_name = _("authorisation to spend")
        verbose_name_plural = _("authorisations to spend")
        indexes: ClassVar = [models.Index(fields=["member", "given_at"], name="authorisation_by_member")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "key"], name="an_authorisation_is_requested_once_per_key"),
            models.CheckConstraint(condition=Q(max_points__gt=0), name="an_authorisation_is_for_points"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, reference__isnull=True)
                | Q(used_at__isnull=False, reference__isnull=False, confirmed_at__isnull=False),
                name="an_authorisation_is_confirmed_before_use_for_a_reference",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
