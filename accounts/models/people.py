"""People, and their past phone numbers."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import SuspiciousOperation
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.identity import NAME_INDEX, PHONE_INDEX, SealedIdentity, normal_name
from hongmi.lib import field_crypto


class PlatformRole(models.TextChoices):
    """A person's role at the platform itself; nearly everyone has none."""

    NONE = "", _("none")
    OPERATOR = "operator", _("operator")
    SUPPORT = "support", _("support")
    COMPLIANCE = "compliance", _("compliance")
    REGULATOR = "regulator", _("regulator")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)

    def with_phone(self, phone: str) -> models.QuerySet["User"]:
        """The present owner of this number (E.164): nobody or one person."""
        return self.filter(phone_index__in=field_crypto.ring().indexes(phone, purpose=PHONE_INDEX))

    def with_name(self, name: str) -> models.QuerySet["User"]:
        """People with exactly this name, ignoring spaces and case."""
        indexes = field_crypto.ring().indexes(normal_name(name), purpose=NAME_INDEX)
        return self.filter(name_index__in=indexes)

    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        """Only for people without name, phone and birthday, because a bulk insert seals nothing."""
        people = list(objs)
        if any(person.identity is None and person.has_unsealed_facts for person in people):
            raise ValueError("save people with a name, phone or birthday one by one")
        return super().bulk_create(people, *args, **kwargs)

    def create_user(self, username: str | None = None, password: str | None = None, **fields: object) -> "User":
        """Create a person; without a password they sign in by code or card only."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str, **fields: object) -> "User":
        """Raises SuspiciousOperation in production, where no person has every permission."""
        if settings.IS_PRODUCTION:
            raise SuspiciousOperation("No superuser in production: manage.py assign_role --create NAME operator")
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(SealedIdentity, AbstractBaseUser, PermissionsMixin):
    """One person. The API and exports use `public_id`, our own tables `id`.

    The phone may be missing: a merchant's own `member_ref` or a card can be the only way to find a person.
    """

    username = models.CharField(_("sign-in name"), max_length=150, unique=True, null=True, blank=True)
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
                condition=Q(phone_index__isnull=True) | Q(identity__isnull=False),
                name="an_indexed_phone_is_sealed_too",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    identity__isnull=True,
                    phone_index__isnull=True,
                    name_index__isnull=True,
                    birth_month_day__isnull=True,
                    is_active=False,
                ),
                name="an_erased_person_has_no_identity",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="a_person_is_not_merged_into_themself"
            ),
        ]

    def __str__(self) -> str:
        # Without the full name, because titles, breadcrumbs and the console's log print it for every role.
        return self.short_name or self.username or self.masked_phone or str(self.public_id)[:8]

    @property
    def short_name(self) -> str:
        """The name as merchants and support see it: its first character and two asterisks."""
        return f"{self.name[0]}**" if self.name else ""

    def get_full_name(self) -> str:
        """The name in the console's header, because not everyone has a sign-in name."""
        return self.name or str(self)

    def get_username(self) -> str:
        """The sign-in name, else the member id. Never empty, because the console's library uses its first character."""
        return self.username or str(self.public_id)


class PastPhone(models.Model):
    """A number this person had before. The row stores only its index, so that a bonus is not given twice to one
    number and support finds people who lost a number."""

    person = models.ForeignKey(User, models.CASCADE, related_name="past_phones")
    phone_index = models.BinaryField(_("phone index"), max_length=32)
    mark = models.BinaryField(_("mark for tombstones"), max_length=32, db_index=True)
    given_up_at = models.DateTimeField(_("given up at"))

    class Meta:
        verbose_name = _("past phone")
        verbose_name_plural = _("past phones")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "phone_index"], name="a_past_phone_is_stored_once")
        ]
        indexes: ClassVar = [models.Index(fields=["phone_index"], name="past_phone_by_index")]

    def __str__(self) -> str:
        return str(self.pk)
