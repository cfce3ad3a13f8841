"""A person, and the sealed identity that only the person's own data key opens."""

import json
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import ages, phones
from hongmi.lib import field_crypto


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

    def with_phone(self, phone: str) -> models.QuerySet["User"]:
        """Who has this number (E.164) now: nobody or one."""
        return self.filter(phone_index__in=field_crypto.ring().indexes(phone, purpose=PHONE_INDEX))

    def with_name(self, name: str) -> models.QuerySet["User"]:
        """Who is called exactly so, however it is spaced or capitalised."""
        indexes = field_crypto.ring().indexes(normal_name(name), purpose=NAME_INDEX)
        return self.filter(name_index__in=indexes)

    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        """Only for people of whom no identity is known, because a bulk insert seals nothing."""
        people = list(objs)
        if any(person.identity is None and person.has_unsealed_facts for person in people):
            raise ValueError("save people with a name, phone or birthday one by one")
        return super().bulk_create(people, *args, **kwargs)

    def create_user(self, username: str | None = None, password: str | None = None, **fields: object) -> "User":
        """A person; without a password only a code or a card opens the account."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


PHONE_INDEX = "phone"
SEALED_COLUMNS = ("identity", "phone_index", "name_index", "birth_month_day")
NAME_INDEX = "name"
MARK_INDEX = "tombstone"


def normal_name(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class User(AbstractBaseUser, PermissionsMixin):
    """One person. Outside the house a member is `public_id`; inside it is `id`.

    Name, phone (E.164, may be missing: a shop's own `member_ref` or a card can be all there is) and birthday are
    attributes like others, but at rest they are one sealed piece of JSON that only the person's data key opens. The
    phone and the whole name are found again by keyed indexes; of the birthday only month and day can be searched.
    """

    public_id = models.UUIDField(_("member id"), unique=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("sign-in name"), max_length=150, unique=True, null=True, blank=True)
    identity = models.BinaryField(_("sealed identity"), null=True, editable=False)
    phone_index = models.BinaryField(_("phone index"), max_length=32, null=True, unique=True, editable=False)
    name_index = models.BinaryField(_("name index"), max_length=32, null=True, editable=False, db_index=True)
    birth_month_day = models.PositiveSmallIntegerField(
        _("month and day of birth"), null=True, editable=False, db_index=True
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    platform_role = models.CharField(
        _("platform role"), max_length=20, choices=PlatformRole, default=PlatformRole.NONE, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the console"), default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    erased_at = models.DateTimeField(_("identity erased at"), null=True, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone_index__isnull=True) | Q(identity__isnull=False),
                name="an_indexed_phone_is_kept_sealed_too",
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
                name="who_is_erased_has_no_identity_left",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="a_person_is_not_merged_into_themself"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username or self.masked_phone or str(self.public_id)[:8]

    @property
    def short_name(self) -> str:
        """As merchants and support see it: the first character, and that there is more."""
        return f"{self.name[0]}**" if self.name else ""

    def get_full_name(self) -> str:
        """What the console calls whoever is signed in, because not everyone has a sign-in name."""
        return str(self)

    def get_username(self) -> str:
        """Never nothing, because the console's library takes its first letter; who has no sign-in name has an id."""
        return self.username or str(self.public_id)

    @property
    def name(self) -> str:
        name: str = self._facts.get("name", "")
        return name

    @name.setter
    def name(self, value: str) -> None:
        self._set_fact("name", value)
        self.name_index = field_crypto.ring().index(normal_name(value), purpose=NAME_INDEX) if value else None

    @property
    def phone(self) -> str | None:
        """E.164; see `masked_phone` for what may be shown."""
        return self._facts.get("phone") or None

    @phone.setter
    def phone(self, value: str | None) -> None:
        self._set_fact("phone", value)
        self.phone_index = field_crypto.ring().index(value, purpose=PHONE_INDEX) if value else None

    @property
    def masked_phone(self) -> str:
        return phones.masked(self.phone) if self.phone else ""

    @property
    def birthday(self) -> date | None:
        told = self._facts.get("birthday")
        return date.fromisoformat(told) if told else None

    @birthday.setter
    def birthday(self, value: date | None) -> None:
        self._set_fact("birthday", value.isoformat() if value else None)
        self.birth_month_day = ages.day_of_year(value) if value else None

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._forget_opened()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seals what was set since, with a data key that the first identity of a person draws."""
        if not self.__dict__.pop("_is_dirty", False):
            super().save(*args, **kwargs)
            return
        facts = self._facts
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *SEALED_COLUMNS}
        with transaction.atomic(using=kwargs.get("using") or "default"):
            is_new = self._state.adding
            if not is_new:
                self.identity = self._sealed(facts)
            elif facts:
                # Drawn before the row is there and written after it, because the key's row refers to the person's.
                key = field_crypto.DataKey.draw()
                self.identity = key.seal(json.dumps(facts).encode(), context=self._context)
            super().save(*args, **kwargs)
            if is_new and facts:
                WrappedKey.keep(self, key)

    def data_key(self) -> field_crypto.DataKey:
        """The key of this person's data, drawn at the first need. Raises CannotOpen when it was destroyed."""
        try:
            return self.wrapped_key.opened(self._context)
        except WrappedKey.DoesNotExist:
            if self.erased_at is not None or self.identity is not None:
                raise field_crypto.CannotOpen from None
        key = field_crypto.DataKey.draw()
        WrappedKey.keep(self, key)
        return key

    @property
    def has_unsealed_facts(self) -> bool:
        return bool(self.__dict__.get("_is_dirty"))

    @property
    def _context(self) -> bytes:
        return self.public_id.bytes

    @property
    def _facts(self) -> dict[str, Any]:
        opened: dict[str, Any] | None = self.__dict__.get("_opened")
        if opened is None:
            opened = self._open()
            self.__dict__["_opened"] = opened
        return opened

    def _open(self) -> dict[str, Any]:
        if self.identity is None:
            return {}
        try:
            plain = self.data_key().open(bytes(self.identity), context=self._context)
        except field_crypto.CannotOpen:
            # The key was destroyed: to everybody this is a person without a name.
            return {}
        facts: dict[str, Any] = json.loads(plain)
        return facts

    def _sealed(self, facts: dict[str, Any]) -> bytes | None:
        if not facts:
            return None
        return self.data_key().seal(json.dumps(facts).encode(), context=self._context)

    def _set_fact(self, fact: str, value: str | None) -> None:
        self._facts.pop(fact, None)
        if value:
            self._facts[fact] = value
        self.__dict__["_is_dirty"] = True

    def _forget_opened(self) -> None:
        self.__dict__.pop("_opened", None)
        self.__dict__.pop("_is_dirty", None)


class WrappedKey(models.Model):
    """The data key of one person, wrapped by the installation's master key.

    A table of its own, because backups that are kept leave it out: once the row is deleted here and the short-lived
    backups of keys have run out, no copy of the person's sealed data can be opened anywhere.
    """

    person = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="wrapped_key")
    wrapped = models.BinaryField(_("wrapped key"))

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def keep(cls, person: User, key: field_crypto.DataKey) -> Self:
        return cls.objects.create(person=person, wrapped=field_crypto.ring().wrap(key, context=person.public_id.bytes))

    def opened(self, context: bytes) -> field_crypto.DataKey:
        return field_crypto.ring().unwrap(bytes(self.wrapped), context=context)


class PastPhone(models.Model):
    """A number this person had before. Known only by its index, so that a bonus is not given twice to one person and
    support finds who lost a number."""

    person = models.ForeignKey(User, models.CASCADE, related_name="past_phones")
    phone_index = models.BinaryField(_("phone index"), max_length=32)
    mark = models.BinaryField(_("mark for tombstones"), max_length=32, db_index=True)
    given_up_at = models.DateTimeField(_("given up at"))

    class Meta:
        verbose_name = _("past phone")
        verbose_name_plural = _("past phones")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "phone_index"], name="a_past_phone_is_remembered_once")
        ]
        indexes: ClassVar = [models.Index(fields=["phone_index"], name="past_phone_by_index")]

    def __str__(self) -> str:
        return str(self.pk)
