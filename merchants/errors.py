"""Errors of merchants and their members."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError


class MemberNotFound(DomainError):
    """Unknown, closed, or not a member of this merchant; the answer does not say which."""

    code = "member_not_found"
    sentence = _("This person is not a member here, or not any more.")


class MemberMerged(DomainError):
    """The member was merged into another, `merged_into`, who is a member of this merchant."""

    code = "member_merged"
    sentence = _("This member was merged into another one; use %(merged_into)s from now on.")


class UnknownStore(DomainError):
    """No store of this merchant."""

    code = "unknown_store"
    sentence = _("The shop is not one of this merchant's.")


class MemberHasLeft(DomainError):
    """They left this merchant, or closed their account; only they themselves can come back (SPEC D13)."""

    code = "member_has_left"
    sentence = _("The member left; only the member can come back.")


class MemberRefTaken(DomainError):
    """The number is another member's than the telephone."""

    code = "member_ref_taken"
    sentence = _("The number belongs to another member than the telephone.")


class ReferrerNotFound(DomainError):
    """The referrer is no member of this merchant."""

    code = "referrer_not_found"
    sentence = _("The referrer is not a member here.")


class MerchantClosed(DomainError):
    """Nobody can join a merchant that is not open for business."""

    code = "merchant_closed"
    sentence = _("This merchant takes no members now.")


class TermsChanged(DomainError):
    """A newer version of the terms was published since the member read them."""

    code = "terms_changed"
    sentence = _("The terms have changed meanwhile. Please read them once more.")


class NotAMember(DomainError):
    """There is no membership to leave or to agree to."""

    code = "not_a_member"
    sentence = _("This person is no member here.")


class StepRefused(DomainError):
    """A merchant's life does not go that way."""

    code = "step_refused"
    sentence = _("A merchant's life does not go that way.")


class NothingCovers(StepRefused):
    """Without a deposit or a credit limit no points are issued (SPEC D10)."""

    code = "nothing_covers_the_points"
    sentence = _("Nothing covers the points it would issue: agree on a deposit or a credit first.")


class CardOpensMore(DomainError):
    """The member's card has a PIN and opens an account that other merchants know too."""

    code = "card_opens_more"
    sentence = _("Their card opens an account that other shops know too, so our support replaces it.")


class StaffRefused(DomainError):
    """Somebody's role does not reach that far."""

    code = "staff_refused"
    sentence = _("Your own role does not reach that far.")


class InvitationOver(DomainError):
    """The invitation is unknown, withdrawn, accepted, expired, or for another number, without saying which."""

    code = "invitation_over"
    sentence = _("This code is unknown, was used or withdrawn, is too old, or is for another number.")


class LastOwner(StaffRefused):
    """A merchant is never without an owner."""

    code = "last_owner"
    sentence = _("A merchant is never without an owner: make somebody else an owner first.")
