"""Merchants, their status and its history, stores, terms."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from merchants import divisions


class MerchantCategory(models.TextChoices):
    """Decides which rules a merchant may publish (SPEC D6, R51)."""

    RETAIL = "retail", _("retail")
    STATIONERY = "stationery", _("stationery")
    AUTOMOTIVE = "automotive", _("automotive")
    COSMETICS = "cosmetics", _("cosmetics")
    APPLIANCES = "appliances", _("home appliances")
    PETS = "pets", _("pets")
    SCENIC = "scenic", _("scenic spot")
    HOTEL = "hotel", _("hotel")
    AIRLINE = "airline", _("airline")
    LIGHTING = "lighting", _("lighting")
    BANK = "bank", _("bank")
    PAYMENT = "payment", _("payment institution")
    INSURANCE = "insurance", _("insurance")
    PLATFORM = "platform", _("the platform")


class MerchantStatus(models.TextChoices):
    """The status of a merchant (SPEC D10). Only a live merchant issues points.

    A trigger allows only the changes listed in `merchants_transition`.
    """

    APPLIED = "applied", _("applied")
    LICENSED = "licensed", _("licence checked")
    CONTRACTED = "contracted", _("contracted")
    LIVE = "live", _("live")
    SUSPENDED = "suspended", _("suspended")
    EXITING = "exiting", _("exiting")
    CLOSED = "closed", _("closed")


class ClawbackPolicy(models.TextChoices):
    """Treatment of returned points that are spent already."""

    FORGIVE = "forgive", _("forgive the rest")
    OWE = "owe", _("owe the rest, repaid by later awards")


class Merchant(models.Model):
    """A contracted party. The platform is one too and settles like the others (SPEC D10)."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    category = models.CharField(_("category"), max_length=20, choices=MerchantCategory)
    status = models.CharField(_("status"), max_length=20, choices=MerchantStatus, default=MerchantStatus.APPLIED)
    clawback_policy = models.CharField(
        _("when returned points are spent"), max_length=10, choices=ClawbackPolicy, default=ClawbackPolicy.FORGIVE
    )
    is_platform = models.BooleanField(_("is the platform"), default=False)
    licence_number = models.CharField(_("business licence"), max_length=32, blank=True)
    deposit_fen = models.BigIntegerField(_("deposit in fen"), default=0)
    credit_limit_fen = models.BigIntegerField(_("credit limit in fen"), default=0)
    # Written by points.operations.issuing_limits; the ledger functions read it with the status, so that no act has to
    # add up the merchant's liability.
    may_issue = models.BooleanField(_("may issue points within its limit"), default=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_platform"], condition=Q(is_platform=True), name="there_is_one_platform"
            ),
            models.CheckConstraint(
                condition=Q(deposit_fen__gte=0, credit_limit_fen__gte=0), name="deposit_and_credit_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name_in(get_language() or "")

    def name_in(self, language: str) -> str:
        """The name in this language."""
        return self.name_en or self.name if language.startswith("en") else self.name


class Store(models.Model):
    """A place of a merchant, with its administrative division (province and city, GB/T 2260)."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="stores")
    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=100)
    division_code = models.CharField(
        _("administrative division"), max_length=6, blank=True, validators=[divisions.validate]
    )

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "code"], name="a_store_code_is_unique_within_its_merchant"),
            models.CheckConstraint(
                condition=Q(division_code="") | Q(division_code__regex=divisions.PATTERN),
                name="a_division_is_six_digits_of_a_province",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """An allowed change of status; the migration inserts the rows, and they never change."""

    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("allowed step of a merchant")
        verbose_name_plural = _("allowed steps of merchants")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["from_status", "to_status"], name="a_step_of_a_merchant_is_listed_once")
        ]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class MerchantStep(models.Model):
    """A change of a merchant's status, written only by the trigger that guards the status."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="steps")
    from_status = models.CharField(_("from"), max_length=20, choices=MerchantStatus, blank=True)
    to_status = models.CharField(_("to"), max_length=20, choices=MerchantStatus)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("step of a merchant")
        verbose_name_plural = _("steps of merchants")

    def __str__(self) -> str:
        return f"{self.merchant}: {self.from_status} → {self.to_status}"


class Terms(models.Model):
    """One version of a merchant's terms; never changed, only followed by the next version."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="terms")
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    text_en = models.TextField(_("English text"), blank=True)
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        verbose_name = _("membership terms")
        verbose_name_plural = _("membership terms")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "version"], name="a_version_of_terms_is_unique"),
            models.CheckConstraint(condition=~Q(text=""), name="terms_have_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} v{self.version}"

    @property
    def shown_text(self) -> str:
        """In the reader's language if there is an English text; the Chinese text is binding."""
        return self.text_en or self.text if (get_language() or "").startswith("en") else self.text
