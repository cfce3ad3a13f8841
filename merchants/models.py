"""Whose shop: merchants, their stores and staff, and which members joined them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


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
    """A merchant's life (SPEC D10). Only a live one issues points."""

    APPLIED = "applied", _("applied")
    LICENSED = "licensed", _("licence checked")
    CONTRACTED = "contracted", _("contracted")
    LIVE = "live", _("live")
    SUSPENDED = "suspended", _("suspended")
    EXITING = "exiting", _("exiting")
    CLOSED = "closed", _("closed")


class ClawbackPolicy(models.TextChoices):
    """What happens when returned points were already spent."""

    FORGIVE = "forgive", _("forgive the rest")
    OWE = "owe", _("owe the rest, repaid by later awards")


class Merchant(models.Model):
    """A contracted party. The platform itself is one too: it settles like the others (SPEC D10)."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    category = models.CharField(_("category"), max_length=20, choices=MerchantCategory)
    status = models.CharField(_("status"), max_length=20, choices=MerchantStatus, default=MerchantStatus.APPLIED)
    clawback_policy = models.CharField(
        _("when returned points are spent"), max_length=10, choices=ClawbackPolicy, default=ClawbackPolicy.FORGIVE
    )
    is_platform = models.BooleanField(_("is the platform"), default=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_platform"], condition=Q(is_platform=True), name="there_is_one_platform")
        ]

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """A place of a merchant, with its administrative division (province and city, GB/T 2260)."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="stores")
    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=100)
    division_code = models.CharField(_("administrative division"), max_length=6, blank=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "code"], name="a_store_code_is_unique_within_its_merchant")
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A member joined a merchant. Without an open row the merchant cannot see the member (SPEC D13)."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="memberships")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    member_ref = models.CharField(_("the merchant's own number"), max_length=64, null=True, blank=True)
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    referrer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("referred by")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "member"], name="a_member_joins_a_merchant_once"),
            models.UniqueConstraint(
                fields=["merchant", "member_ref"], name="a_member_ref_is_unique_within_its_merchant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} @ {self.merchant}"


class Registration(models.Model):
    """What a partner's `POST /members` was answered, so that the same key gets the same answer.

    The request is kept only as a keyed digest, because a plain hash of a phone number is guessed in a minute.
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


class StaffRole(models.TextChoices):
    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    CASHIER = "cashier", _("cashier")
    FINANCE = "finance", _("finance")
    READ_ONLY = "read_only", _("read-only")


class Staff(models.Model):
    """A person's role at a merchant."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_places")
    role = models.CharField(_("role"), max_length=20, choices=StaffRole)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "user"], name="one_role_per_person_and_merchant")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


# Last, because the key ring refers to the merchant above; Django looks for models only in this module.
from merchants.partner_models import PartnerCredential as PartnerCredential  # noqa: E402
