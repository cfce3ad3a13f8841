"""Consents, guardians of children, closures of accounts and tombstones of erased numbers."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class ConsentPurpose(models.TextChoices):
    """Purposes of using personal data (个人信息保护法 art. 14, 17)."""

    PROGRAMME = "programme", _("taking part in the programme")
    MARKETING = "marketing", _("offers and news")
    PERSONALISATION = "personalisation", _("offers chosen for me")


class ConsentChannel(models.TextChoices):
    """The channel that a consent is for; empty where one consent covers all channels."""

    ANY = "", _("any")
    SMS = "sms", _("SMS")
    PUSH = "push", _("app notice")
    INBOX = "inbox", _("inbox")


class Consent(models.Model):
    """A consent given or withdrawn. Append-only: the database refuses updates and deletions by the app."""

    person = models.ForeignKey(User, models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20, choices=ConsentPurpose)
    channel = models.CharField(
        _("channel"), max_length=10, choices=ConsentChannel, default=ConsentChannel.ANY, blank=True
    )
    is_given = models.BooleanField(_("given"))
    text_version = models.CharField(_("version of the text"), max_length=32)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes: ClassVar = [models.Index(fields=["person", "purpose", "channel", "-id"], name="consent_newest_first")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.is_given}"


class Guardianship(models.Model):
    """An adult agrees for a child under 14 (个人信息保护法 art. 31). The code is stored as a hash."""

    child = models.ForeignKey(User, models.CASCADE, related_name="guardianships")
    guardian = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="wards")
    token_hash = models.BinaryField(_("code"), max_length=32, unique=True)
    requested_at = models.DateTimeField(_("requested at"))
    expires_at = models.DateTimeField(_("expires at"))
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(guardian=F("child")), name="nobody_is_their_own_guardian"),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True) | Q(guardian__isnull=False),
                name="an_agreed_guardianship_has_a_guardian",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Closure(models.Model):
    """A request to close the account. Signing in before `due_at` cancels it; after `due_at` the identity is erased."""

    person = models.ForeignKey(User, models.PROTECT, related_name="closures")
    requested_at = models.DateTimeField(_("requested at"))
    due_at = models.DateTimeField(_("due at"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("account closure")
        verbose_name_plural = _("account closures")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(cancelled_at__isnull=True, erased_at__isnull=True),
                name="one_open_closure_per_person",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(erased_at__isnull=True),
                name="a_cancelled_closure_is_not_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requested_at:%Y-%m-%d}"


class Tombstone(models.Model):
    """A benefit that an erased owner of this number received and that is given once per person.

    `mark` is a keyed hash of the number under a key of its own; the row refers to no person.
    """

    mark = models.BinaryField(_("mark"), max_length=32)
    fact = models.CharField(_("used up"), max_length=128)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mark", "fact"], name="a_fact_is_stored_once_per_mark")
        ]

    def __str__(self) -> str:
        return self.fact
