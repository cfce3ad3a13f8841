"""The identity of a person: name, phone and birthday, sealed with the person's own data key."""

import json
import unicodedata
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import ages, phones
from hongmi.lib import field_crypto

PHONE_INDEX = "phone"
NAME_INDEX = "name"
MARK_INDEX = "tombstone"
SEALED_COLUMNS = ("identity", "phone_index", "name_index", "birth_month_day")


def normal_name(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class WrappedKey(models.Model):
    """The data key of one person, wrapped by the installation's master key.

    A table of its own, because long-lived backups exclude it: once the row is deleted and the short-lived backups of
    keys have expired, no copy of the person's sealed data can be opened anywhere.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="wrapped_key"
    )
    wrapped = models.BinaryField(_("wrapped key"))

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def store(cls, person: "SealedIdentity", key: field_crypto.DataKey) -> Self:
        wrapped = field_crypto.ring().wrap(key, context=person.public_id.bytes)
        return cls.objects.create(person=person, wrapped=wrapped)

    def unwrap(self, context: bytes) -> field_crypto.DataKey:
        return field_crypto.ring().unwrap(bytes(self.wrapped), context=context)


class SealedIdentity(models.Model):
    """Name, phone (E.164) and birthday as attributes; at rest one sealed JSON text that only the data key opens.

    Keyed indexes find a person by phone or whole name; of the birthday only month and day are searchable.
    """

    public_id = models.UUIDField(_("member id"), unique=True, default=uuid.uuid4, editable=False)
    identity = models.BinaryField(_("sealed identity"), null=True, editable=False)
    phone_index = models.BinaryField(_("phone index"), max_length=32, null=True, unique=True, editable=False)
    name_index = models.BinaryField(_("name index"), max_length=32, null=True, editable=False, db_index=True)
    birth_month_day = models.PositiveSmallIntegerField(
        _("month and day of birth"), null=True, editable=False, db_index=True
    )
    erased_at = models.DateTimeField(_("identity erased at"), null=True, editable=False)

    if TYPE_CHECKING:
        wrapped_key: WrappedKey

    class Meta:
        abstract = True

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
        """E.164; pages show `masked_phone`."""
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
        value = self._facts.get("birthday")
        return date.fromisoformat(value) if value else None

    @birthday.setter
    def birthday(self, value: date | None) -> None:
        self._set_fact("birthday", value.isoformat() if value else None)
        self.birth_month_day = ages.day_of_year(value) if value else None

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._discard_opened()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seals changed facts. The first fact of a person draws their data key."""
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
                # Drawn before the person's row is inserted and stored after it, because the key's row refers to it.
                key = field_crypto.DataKey.draw()
                self.identity = key.seal(json.dumps(facts).encode(), context=self._context)
            super().save(*args, **kwargs)
            if is_new and facts:
                WrappedKey.store(self, key)

    def data_key(self) -> field_crypto.DataKey:
        """The key of this person's data, drawn at first use. Raises CannotOpen when it was destroyed."""
        try:
            return self.wrapped_key.unwrap(self._context)
        except WrappedKey.DoesNotExist:
            if self.erased_at is not None or self.identity is not None:
                raise field_crypto.CannotOpen from None
        key = field_crypto.DataKey.draw()
        WrappedKey.store(self, key)
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
            # A person whose key was destroyed has no name, phone or birthday.
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

    def _discard_opened(self) -> None:
        self.__dict__.pop("_opened", None)
        self.__dict__.pop("_is_dirty", None)
