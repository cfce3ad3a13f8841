"""The verbs of merchants."""

from merchants.operations.carding import IssuedCard, block_card, issue_card
from merchants.operations.joining import join, leave, publish_terms
from merchants.operations.lifecycle import agree_limit, apply_for_contract, take_step
from merchants.operations.refusals import (
    CardOpensMore,
    InvitationOver,
    KeyReused,
    LastOwner,
    MemberHasLeft,
    MemberRefTaken,
    MerchantClosed,
    MerchantRefused,
    NotAMember,
    NothingCovers,
    ReferrerNotFound,
    RegistrationRefused,
    StaffRefused,
    StepRefused,
    TermsChanged,
)
from merchants.operations.registering import NewMember, Registered, enrol_by_reference, register_member
from merchants.operations.staffing import (
    accept_place,
    appoint,
    change_role,
    end_place,
    invite_staff,
    withdraw_invitation,
)

__all__ = [
    "CardOpensMore",
    "InvitationOver",
    "IssuedCard",
    "KeyReused",
    "LastOwner",
    "MemberHasLeft",
    "MemberRefTaken",
    "MerchantClosed",
    "MerchantRefused",
    "NewMember",
    "NotAMember",
    "NothingCovers",
    "ReferrerNotFound",
    "Registered",
    "RegistrationRefused",
    "StaffRefused",
    "StepRefused",
    "TermsChanged",
    "accept_place",
    "agree_limit",
    "apply_for_contract",
    "appoint",
    "block_card",
    "change_role",
    "end_place",
    "enrol_by_reference",
    "invite_staff",
    "issue_card",
    "join",
    "leave",
    "publish_terms",
    "register_member",
    "take_step",
    "withdraw_invitation",
]
