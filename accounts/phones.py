"""Mobile numbers: parsed as typed, stored as E.164, shown masked."""

import unicodedata

import phonenumbers

HOME_REGION = "CN"


class NotAMobileNumber(ValueError):
    """The typed text is no number that an SMS can reach."""


def normal_form(typed: str) -> str:
    """E.164 of a mobile number: "138 0013 8000" and "+86-13800138000" are both "+8613800138000".

    A number without + is parsed as one of mainland China. Raises NotAMobileNumber.
    """
    try:
        # NFKC, because Chinese keyboards also type full-width digits.
        number = phonenumbers.parse(unicodedata.normalize("NFKC", typed), HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise NotAMobileNumber from error
    reachable = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in reachable:
        raise NotAMobileNumber
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(number: str) -> str:
    """ "138****8000" of "+8613800138000"; foreign numbers keep their country code."""
    local = number.removeprefix("+86")
    if len(local) < 8:
        return "****"
    return f"{local[:3]}****{local[-4:]}"
