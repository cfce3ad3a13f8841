"""Fresh merchants, people and families, the same for all tests. A name is enough; each call makes a new one."""

import uuid
from datetime import datetime
from typing import Any

import factory
from django.utils import timezone

from accounts.models import Family, User
from accounts.operations import families
from merchants.models import Membership, Merchant, MerchantStatus, Staff, StaffRole, Store


class MerchantFactory(factory.django.DjangoModelFactory):
    """Live from its first day; the steps that lead there are tested in tests/merchants/test_lifecycle.py."""

    class Meta:
        model = Merchant

    class Params:
        stem = "stationer"

    name = factory.SelfAttribute("stem")
    code = factory.LazyAttribute(lambda merchant: f"{merchant.stem[:16]}-{uuid.uuid4().hex[:12]}")
    category = "stationery"
    status = MerchantStatus.LIVE


class PlatformFactory(MerchantFactory):
    """The one merchant that is the platform itself."""

    class Meta:
        django_get_or_create = ("is_platform",)

    is_platform = True
    code = "HONGMI"
    name = "红米好物"
    category = "platform"


class PersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership


class StoreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Store

    code = factory.Sequence(lambda number: f"S{number}")
    name = "一号店"


class StaffFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Staff

    role = StaffRole.OWNER


def merchant(stem: str = "stationer", /, **fields: Any) -> Merchant:
    """Named like its code, which begins with `stem` and is unique."""
    made: Merchant = MerchantFactory(stem=stem, **fields)
    return made


def platform() -> Merchant:
    made: Merchant = PlatformFactory()
    return made


def person(name: str = "", **fields: Any) -> User:
    """Somebody who joined no merchant."""
    made: User = PersonFactory(name=name, **fields)
    return made


def member(name: str, *merchants: Merchant, **fields: Any) -> User:
    """Somebody who joined these merchants."""
    made = person(name, **fields)
    for each in merchants:
        join(each, made)
    return made


def join(merchant: Merchant, who: User, **fields: Any) -> Membership:
    """As a row: the operation would also publish a welcome, which tests of messages would count."""
    made: Membership = MembershipFactory(merchant=merchant, member=who, **fields)
    return made


def family(head: User, *others: User, at: datetime | None = None) -> Family:
    """The others were invited and accepted."""
    moment = at or timezone.now()
    made = families.create(head=head, moment=moment)
    for each in others:
        token = families.invite(by=head, moment=moment)
        families.accept_invitation(person=each, moment=moment, token=token)
    return made


def store(merchant: Merchant, **fields: Any) -> Store:
    made: Store = StoreFactory(merchant=merchant, **fields)
    return made


def staff(merchant: Merchant, who: User, role: str = StaffRole.OWNER, **fields: Any) -> Staff:
    """A place at the merchant, as if the invitation had been accepted."""
    made: Staff = StaffFactory(merchant=merchant, user=who, role=role, **fields)
    return made
