"""Opens the demo: its merchants with their rules, and its people. Done twice, it changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import operations as people_operations
from accounts import queries as people_queries
from accounts.models import ConsentChannel, ConsentPurpose, PlatformRole, User
from hongmi.demo_data import cast, catalogue
from hongmi.demo_data.doors import Passwords
from merchants.models import Merchant, MerchantStatus, Staff, StaffRole, Store
from points import operations
from points.models import EarningRule, GoodsLabel
from points.rule_set import SHANGHAI

# Covers twenty million points at 5 fen, more than the demo ever issues.
CREDIT_LIMIT_FEN = 100_000_000


@dataclass(frozen=True, slots=True)
class House:
    """Who and what there is. `opened_at` is the demo's first moment, from which its story looks back."""

    opened_at: datetime
    merchants: Mapping[str, Merchant]
    people: Mapping[str, User]

    def days_ago(self, days: int, *, hour: int = 12, minute: int = 0) -> datetime:
        """That many Shanghai days before the first day, at that time."""
        day = self.opened_at.astimezone(SHANGHAI) - timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def open_house(passwords: Passwords) -> House:
    """Write down merchants, rules and people, as far as they are not there yet."""
    merchants = {demo.code: _merchant(demo) for demo in catalogue.MERCHANTS}
    # The database remembers the first day, so that a later start tells the same story and not another one.
    house = House(merchants[catalogue.PLATFORM].created_at, merchants, _people(passwords))
    for demo in catalogue.MERCHANTS:
        _rules(demo, house)
    for staff in cast.STAFF:
        _employ(staff, house)
    for member in cast.MEMBERS:
        _settle(member, house, passwords)
    return house


def _merchant(demo: catalogue.DemoMerchant) -> Merchant:
    merchant, _ = Merchant.objects.get_or_create(
        code=demo.code,
        defaults={
            "name": demo.name,
            "name_en": demo.name_en,
            "category": demo.category,
            "status": MerchantStatus.LIVE,
            "clawback_policy": demo.clawback_policy,
            "is_platform": demo.code == catalogue.PLATFORM,
            "credit_limit_fen": CREDIT_LIMIT_FEN,
        },
    )
    for store in demo.stores:
        Store.objects.get_or_create(
            merchant=merchant,
            code=store.code,
            defaults={"name": store.name, "division_code": store.division_code},
        )
    return merchant


def _rules(demo: catalogue.DemoMerchant, house: House) -> None:
    merchant = house.merchants[demo.code]
    for said in demo.rules:
        rule, _ = EarningRule.objects.get_or_create(
            merchant=merchant, code=said.code, defaults={"name": said.name, "name_en": said.name_en}
        )
        if rule.versions.exists():
            continue
        first, last = said.window or (None, None)
        operations.publish_rule(
            rule=rule,
            definition=said.definition,
            starts_at=demo.opening_at if first is None else house.days_ago(first, hour=0),
            ends_at=None if last is None else house.days_ago(last, hour=0),
        )
    for sku, label in demo.labels:
        if not GoodsLabel.objects.filter(merchant=merchant, sku=sku, label=label).exists():
            operations.label_goods(merchant_id=merchant.pk, sku=sku, label=label, valid_from=demo.opening_at)


def _people(passwords: Passwords) -> dict[str, User]:
    everybody = (*cast.MEMBERS, *cast.STAFF)
    known = User.objects.filter(username__in=[one.sign_in for one in everybody])
    people = {str(person.username): person for person in known}
    for one in everybody:
        person = people.setdefault(one.sign_in, _new_person(one))
        if person.pk is None or passwords.is_new(one.sign_in):
            person.set_password(passwords[one.sign_in])
            person.save()
    return people


def _new_person(one: cast.DemoMember | cast.DemoStaff) -> User:
    """Not yet saved."""
    person = User(username=one.sign_in)
    person.name = one.name
    if isinstance(one, cast.DemoMember):
        person.birthday = one.birthday
        person.phone = one.phone
    else:
        person.is_staff = True
        person.platform_role = PlatformRole.NONE if one.merchant else PlatformRole(one.role)
    return person


def _employ(staff: cast.DemoStaff, house: House) -> None:
    if staff.merchant is not None:
        Staff.objects.get_or_create(
            merchant=house.merchants[staff.merchant],
            user=house.people[staff.sign_in],
            defaults={"role": StaffRole(staff.role)},
        )


def _settle(one: cast.DemoMember, house: House, passwords: Passwords) -> None:
    """What the person agreed to, their pets, and a card where there is no telephone."""
    person = house.people[one.sign_in]
    at = house.days_ago(max(days for _, days in one.joined), hour=8)
    people_operations.note_agreement(person=person, purpose=ConsentPurpose.PROGRAMME, moment=at)
    if one.takes_offers and (ConsentPurpose.MARKETING, ConsentChannel.SMS) not in people_queries.consents_of(person):
        people_operations.answer_consent(
            person=person, purpose=ConsentPurpose.MARKETING, channel=ConsentChannel.SMS, is_given=True, moment=at
        )
    if not person.pets.exists():
        for name, birthday in one.pets:
            people_operations.add_pet(owner=person, name=name, birthday=birthday, moment=at)
    if one.phone is None and not person.cards.exists():
        people_operations.issue_card(member=person, moment=at, pin=passwords.pin(one.sign_in))
