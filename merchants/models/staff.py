"""Staff of merchants with their roles and stores, and invitations."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from merchants.models.shops import Merchant, Store


class StaffRole(models.TextChoices):
    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    CASHIER = "cashier", _("cashier")
    FINANCE = "finance", _("finance")
    READ_ONLY = "read_only", _("read-only")


class Staff(models.Model):
    """A person's role at a merchant, bound to the given stores, or to none."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_places")
    role = models.CharField(_("role"), max_length=20, choices=StaffRole)
    is_active = models.BooleanField(_("active"), default=True)
    stores = models.ManyToManyField(Store, blank=True, related_name="staff", verbose_name=_("stores"))

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "user"], name="one_role_per_person_and_merchant")
        ]

    def __str__(self) -> str:
        # Without a name, because the console's log stores this in clear.
        return f"{self.merchant}: {self.get_role_display()} {str(self.user.public_id)[:8]}"


class StaffInvitation(models.Model):
    """An offer of a role to the holder of the code, which is shown once and stored as a hash."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=20, choices=StaffRole)
    stores = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores"))
    code_hash = models.BinaryField(_("code"), max_length=32, unique=True)
    phone_index = models.BinaryField(_("phone index"), max_length=32, null=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"))
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("accepted or withdrawn at"), null=True)

    class Meta:
        verbose_name = _("invitation of staff")
        verbose_name_plural = _("invitations of staff")

    def __str__(self) -> str:
        return f"{self.merchant}: {self.get_role_display()}"
