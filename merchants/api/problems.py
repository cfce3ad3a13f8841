"""Status and title of the errors of members, codes and authorisations."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.problems import register_error
from merchants import authorisations, code_guesses, member_codes
from merchants.errors import (
    MemberHasLeft,
    MemberMerged,
    MemberNotFound,
    MemberRefTaken,
    MerchantClosed,
    ReferrerNotFound,
    UnknownStore,
)
from notifications import sms

register_error(MemberNotFound, 404, _("No such member of this merchant"))
# The survivor's id is a member of the problem, so that a client can go on with it.
register_error(MemberMerged, 410, _("The member was merged into another"), members=("merged_into",))
register_error(UnknownStore, 400, _("This merchant has no such store"))
register_error(MemberHasLeft, 422, _("The member left; only they can come back"))
register_error(MemberRefTaken, 422, _("The number is another member's"))
register_error(ReferrerNotFound, 422, _("The referrer is no member here"))
register_error(MerchantClosed, 422, _("Nobody can join this merchant now"))

register_error(member_codes.CodeRefused, 404, _("The code is unknown, used or too old"))
register_error(code_guesses.TooManyWrongCodes, 429, _("Too many codes were wrong"))
register_error(member_codes.CodeSpendsNothing, 422, _("The member allowed fewer points"))
register_error(authorisations.NoPhone, 422, _("The member has no telephone"))
register_error(authorisations.NumberUnproven, 422, _("The member's number may be somebody else's by now"))
register_error(authorisations.TooManySpendingCodes, 429, _("Too many codes were sent"))
register_error(authorisations.WrongSpendingCode, 422, _("The code is wrong"))
register_error(authorisations.SpendingCodeEnded, 422, _("The code is over; ask for another"))
register_error(sms.SmsNotSent, 503, _("The SMS could not be sent"))
register_error(authorisations.AuthorisationRefused, 403, _("The member did not authorise this"), members=("why",))
