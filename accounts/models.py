"""Who you are: people and families. A member and a member of staff are both a User."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PlatformRole(models.TextChoices):
    """What a person may do for the platform itself; nearly everyone has none."""

    NONE = "", _("none")
    OPERATOR = "operator", _("operator")
    SUPPORT = "support", _("support")
    COMPLIANCE = "compliance", _("compliance")
    REGULATOR = "regulator", _("regulator")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)

    def create_user(self, username: str | None = None, password: str | None = None, **fields: object) -> "User":
        """A person; without a password only a code or a card opens the account."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person. Outside the house a member is `public_id`; inside it is `id`.

    The phone may be missing (a shop's own `member_ref` or a card can be all there is) and is kept only
    encrypted (`phone_cipher`) beside a keyed blind index (`phone_index`) that finds it again.
    """

    public_id = models.UUIDField(_("member id"), unique=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("sign-in name"), max_length=150, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    phone_cipher = models.BinaryField(_("encrypted phone"), null=True, editable=False)
    phone_index = models.BinaryField(_("phone index"), max_length=32, null=True, unique=True, editable=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    platform_role = models.CharField(
        _("platform role"), max_length=20, choices=PlatformRole, default=PlatformRole.NONE, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the console"), default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone_cipher__isnull=True, phone_index__isnull=True)
                | Q(phone_cipher__isnull=False, phone_index__isnull=False),
                name="a_phone_is_kept_encrypted_and_indexed_together",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="a_person_is_not_merged_into_themself"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username or str(self.public_id)[:8]


class Family(models.Model):
    """People who may give each other green points."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("family")
        verbose_name_plural = _("families")

    def __str__(self) -> str:
        return self.name or f"{self._meta.verbose_name} {self.pk}"


class FamilyMember(models.Model):
    """A person's place in a family; one family per person at a time."""

    family = models.ForeignKey(Family, models.CASCADE, related_name="places")
    member = models.ForeignKey(User, models.CASCADE, related_name="family_places")
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("family member")
        verbose_name_plural = _("family members")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(left_at__isnull=True), name="one_family_per_person_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} @ {self.family}"
