"""What the verbs of merchants refuse; nothing was written then. `code` is stable: the API and the pages show it."""

from typing import ClassVar


class MerchantRefused(Exception):
    code: ClassVar[str] = "refused"

    def __init__(self) -> None:
        super().__init__(self.code)


class RegistrationRefused(MerchantRefused):
    """Nobody was registered."""


class MemberHasLeft(RegistrationRefused):
    """They left this merchant, or closed their account; only they themselves can come back (SPEC D13)."""

    code = "member_has_left"


class MemberRefTaken(RegistrationRefused):
    """The number is another member's than the telephone."""

    code = "member_ref_taken"


class ReferrerNotFound(RegistrationRefused):
    """Who is said to have brought the new member is no member here."""

    code = "referrer_not_found"


class KeyReused(RegistrationRefused):
    """The idempotency key was used for another request."""

    code = "key_reused"


class MerchantClosed(MerchantRefused):
    """Nobody can join a merchant that is not open for business."""

    code = "merchant_closed"


class TermsChanged(MerchantRefused):
    """A newer version of the terms was published since the member read them."""

    code = "terms_changed"


class NotAMember(MerchantRefused):
    """There is no membership to leave or to agree to."""

    code = "not_a_member"


class StepRefused(MerchantRefused):
    """A merchant's life does not go that way."""

    code = "step_refused"


class NothingCovers(StepRefused):
    """Without a deposit or a credit limit no points are issued (SPEC D10)."""

    code = "nothing_covers_the_points"


class CardOpensMore(MerchantRefused):
    """The member's card has a PIN and opens an account that other merchants know too."""

    code = "card_opens_more"


class StaffRefused(MerchantRefused):
    """Somebody's role does not reach that far."""

    code = "staff_refused"


class InvitationOver(MerchantRefused):
    """Unknown, withdrawn, accepted before, too late, or for another number; which of them is not told."""

    code = "invitation_over"


class LastOwner(StaffRefused):
    """A merchant is never without an owner."""

    code = "last_owner"
