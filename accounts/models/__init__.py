"""People and their sealed identity, families, sign-in, consents, and support's work on accounts."""

from accounts.models.families import Family, FamilyInvitation, FamilyMember, FamilyRole, Pet
from accounts.models.identity import MARK_INDEX, NAME_INDEX, PHONE_INDEX, WrappedKey
from accounts.models.people import PastPhone, PlatformRole, User
from accounts.models.privacy import (
    Closure,
    Consent,
    ConsentChannel,
    ConsentPurpose,
    Guardianship,
    Tombstone,
)
from accounts.models.sign_in import Card, Challenge, ChallengePurpose
from accounts.models.support import MemberMerge, PhoneMove, PhoneUnmasking

__all__ = [
    "MARK_INDEX",
    "NAME_INDEX",
    "PHONE_INDEX",
    "Card",
    "Challenge",
    "ChallengePurpose",
    "Closure",
    "Consent",
    "ConsentChannel",
    "ConsentPurpose",
    "Family",
    "FamilyInvitation",
    "FamilyMember",
    "FamilyRole",
    "Guardianship",
    "MemberMerge",
    "PastPhone",
    "Pet",
    "PhoneMove",
    "PhoneUnmasking",
    "PlatformRole",
    "Tombstone",
    "User",
    "WrappedKey",
]
