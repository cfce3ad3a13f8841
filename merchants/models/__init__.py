"""Merchants, their members, authorisations, staff, and credentials of partner systems."""

from merchants.models.authorisations import Authorisation, MemberCode, SpendingAct
from merchants.models.members import JoinedBy, Membership, MembershipStep, Registration, StepKind
from merchants.models.shops import (
    ClawbackPolicy,
    Merchant,
    MerchantCategory,
    MerchantStatus,
    MerchantStep,
    Store,
    Terms,
    Transition,
)
from merchants.models.staff import Staff, StaffInvitation, StaffRole
from merchants.partner_models import PartnerCredential

__all__ = [
    "Authorisation",
    "ClawbackPolicy",
    "JoinedBy",
    "MemberCode",
    "Membership",
    "MembershipStep",
    "Merchant",
    "MerchantCategory",
    "MerchantStatus",
    "MerchantStep",
    "PartnerCredential",
    "Registration",
    "SpendingAct",
    "Staff",
    "StaffInvitation",
    "StaffRole",
    "StepKind",
    "Store",
    "Terms",
    "Transition",
]
