"""Memberships, their history, and registrations by partner systems."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from merchants.models.shops import Merchant, Terms


class JoinedBy(models.TextChoices):
    """How a membership began. Without consent it is pending."""

    CODE = "code", _("showing a member code at the counter")
    OWN_WISH = "own_wish", _("the member's own tap")
    REGISTERED = "registered", _("registered by the merchant")
    IMPORTED = "imported", _("imported by the merchant")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def open(self) -> "MembershipQuerySet":
        """Memberships that let the merchant see the member."""
        return self.filter(left_at=None, consented_at__isnull=False)

    def pending(self) -> "MembershipQuerySet":
        """Memberships that wait for the member's consent."""
        return self.filter(left_at=None, consented_at=None)


class Membership(models.Model):
    """A member's membership at a merchant. Without an open row the merchant cannot see the member (SPEC D13).

    Without consent the membership is pending: the merchant may book purchases by its own number and see its bookings,
    but nothing of the member.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="memberships")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    member_ref = models.CharField(_("the merchant's own number"), max_length=64, null=True, blank=True)
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    referrer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("referred by")
    )
    joined_by = models.CharField(_("joined by"), max_length=20, choices=JoinedBy, default=JoinedBy.OWN_WISH)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terms"))
    consented_at = models.DateTimeField(_("consented at"), null=True, blank=True, db_default=Now())

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "member"], name="a_member_joins_a_merchant_once"),
            models.UniqueConstraint(
                fields=["merchant", "member_ref"], name="a_member_ref_is_unique_within_its_merchant"
            ),
            models.CheckConstraint(
                condition=Q(terms__isnull=True) | Q(consented_at__isnull=False),
                name="terms_are_agreed_to_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        # Without a name, because merchants may see names only shortened.
        return self.member_ref or str(self.member.public_id)[:8]


class StepKind(models.TextChoices):
    CONSENTED = "consented", _("consented")
    LEFT = "left", _("left")


class MembershipStep(models.Model):
    """A member's decision about a membership. Append-only."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="steps")
    kind = models.CharField(_("step"), max_length=20, choices=StepKind)
    joined_by = models.CharField(_("joined by"), max_length=20, choices=JoinedBy, blank=True)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terms"))
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("step of a membership")
        verbose_name_plural = _("steps of memberships")

    def __str__(self) -> str:
        return f"{self.membership_id} {self.kind}"


class Registration(models.Model):
    """The answer to a partner's `POST /members`, so that the same key gets the same answer.

    The request is stored as a keyed digest, because a plain hash of a phone number can be guessed in a minute.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    key = models.CharField(_("key"), max_length=255)
    request_digest = models.BinaryField(_("digest of the request"), max_length=32)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_new = models.BooleanField(_("was registered by it"))

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "key"], name="a_registration_key_is_used_once_per_merchant")
        ]

    def __str__(self) -> str:
        return self.key
