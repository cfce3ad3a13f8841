"""What the API answers when a registration is refused, and of a member nobody may see."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.idempotency_key import KEY_REUSED
from hongmi.lib.problems import register
from merchants import authorisations, code_guesses, member_codes
from merchants.errors import KeyReused, MemberHasLeft, MemberRefTaken, MerchantClosed, ReferrerNotFound
from notifications import sms

MEMBER_NOT_FOUND = register("member_not_found", 404, _("No such member of this merchant"))
# The survivor's id is a member of the problem, so that a machine can go on with it.
MEMBER_MERGED = register(
    "member_merged",
    410,
    _("The member was merged into another"),
    authorisations.MemberMerged,
    detail=_("Use %(merged_into)s from now on."),
    members=("merged_into",),
)

register("member_not_found", MEMBER_NOT_FOUND.status, MEMBER_NOT_FOUND.title, authorisations.NoSuchMember)
register("key_reused", KEY_REUSED.status, KEY_REUSED.title, KeyReused)
register("member_has_left", 422, _("The member left; only they can come back"), MemberHasLeft)
register("member_ref_taken", 422, _("The number is another member's"), MemberRefTaken)
register("referrer_not_found", 422, _("The referrer is no member here"), ReferrerNotFound)

register("merchant_closed", 422, _("Nobody can join this merchant now"), MerchantClosed)

register("member_code_refused", 404, _("The code is unknown, used or too old"), member_codes.CodeRefused)
register("too_many_wrong_codes", 429, _("Too many codes were wrong"), code_guesses.TooManyWrongCodes)
register("member_code_spends_less", 422, _("The member allowed fewer points"), member_codes.CodeSpendsNothing)
register("member_has_no_phone", 422, _("The member has no telephone"), authorisations.NoPhone)
register(
    "member_number_unproven", 422, _("The member's number may be somebody else's by now"), authorisations.NumberUnproven
)
register("too_many_codes", 429, _("Too many codes were sent"), authorisations.TooManySpendingCodes)
register("wrong_code", 422, _("The code is wrong"), authorisations.WrongSpendingCode)
register("code_ended", 422, _("The code is over; ask for another"), authorisations.SpendingCodeEnded)
register("sms_not_sent", 503, _("The SMS could not be sent"), sms.SmsNotSent)
register(
    "authorisation_refused",
    403,
    _("The member did not give leave for this"),
    authorisations.AuthorisationRefused,
    detail=_("The authorisation does not serve: %(why)s."),
)
