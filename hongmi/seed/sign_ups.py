"""Signs up the demo's people through the usual operations and gives each a sign-in name and a password, so that a
visitor of the demo can sign in as any of them. A repeated run changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import queries
from accounts.models import ConsentChannel, ConsentPurpose, PlatformRole, User
from accounts.operations import cards, phone_numbers, privacy, profile
from hongmi.seed import personas
from hongmi.seed.credentials import Passwords


def create_people(passwords: Passwords) -> dict[str, User]:
    """All people by sign-in name; the missing ones are created."""
    everybody = (*personas.MEMBERS, *personas.STAFF)
    known = User.objects.filter(username__in=[one.sign_in for one in everybody])
    people = {str(person.username): person for person in known}
    missing = [one for one in everybody if one.sign_in not in people]
    people |= {one.sign_in: _sign_up(one) for one in missing}
    unknown = [name for name in people if passwords.is_new(name) or not people[name].has_usable_password()]
    # In parallel, because the hash is slow on purpose.
    with ThreadPoolExecutor() as pool:
        hashes = list(pool.map(make_password, [passwords[name] for name in unknown]))
    for name, hashed in zip(unknown, hashes, strict=True):
        people[name].password = hashed
        people[name].save()
    return people


def complete_profile(one: personas.DemoMember, person: User, passwords: Passwords, *, moment: datetime) -> None:
    """Add consents, pets, and a card for a person without a phone."""
    privacy.record_agreement(person=person, purpose=ConsentPurpose.PROGRAMME, moment=moment)
    if one.takes_offers and (ConsentPurpose.MARKETING, ConsentChannel.SMS) not in queries.consents_of(person):
        privacy.set_consent(
            person=person, purpose=ConsentPurpose.MARKETING, channel=ConsentChannel.SMS, is_given=True, moment=moment
        )
    if not person.pets.exists():
        for name, birthday in one.pets:
            profile.add_pet(owner=person, name=name, birthday=birthday, moment=moment)
    if one.phone is None and not person.cards.exists():
        cards.issue(member=person, moment=moment, pin=passwords.pin(one.sign_in))


def _sign_up(one: personas.DemoMember | personas.DemoStaff) -> User:
    """Sign up by phone where there is one. The sign-in name is set but not saved yet."""
    if isinstance(one, personas.DemoStaff):
        role = PlatformRole.NONE if one.merchant else PlatformRole(one.role)
        person, birthday = User.objects.create_user(platform_role=role, is_staff=True), None
    elif one.phone:
        person, birthday = phone_numbers.open_account(phone=one.phone, moment=timezone.now()).person, one.birthday
    else:
        person, birthday = User.objects.create_user(), one.birthday
    profile.update(person=person, name=one.name, birthday=birthday, language=person.language, moment=timezone.now())
    person.username = one.sign_in
    return person
