"""What a refusal says to the person at the door, by its code."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "too_many_codes": _("Too many codes were asked for. Please wait a while: one a minute, five an hour, ten a day."),
    "too_many_answers": _("Too many tries from here. Please wait a few minutes."),
    "sign_in_paused": _(
        "Sign-in by code is paused for new devices, because somebody is guessing codes. "
        "Please use your password or a device you signed in with before, or try again in ten minutes."
    ),
    "wrong_code": _("This code is not right. Please look at the SMS again."),
    "code_ended": _("This code no longer counts. Please ask for a new one."),
    "sms_not_sent": _("The SMS could not be sent. Please try again in a minute."),
    "wrong_card_or_pin": _("Card number or PIN is not right, or the card is blocked."),
    "wrong_password": _("This password is not right."),
    "weak_pin": _("A PIN has six digits and is not a simple row such as 123456 or 888888."),
    "pin_not_given": _("This person has a number, a password or a place of work, so the card comes without a PIN."),
    "birthday_is_set": _("A birthday can be told once. Our support corrects it."),
    "not_a_birthday": _("This day cannot be a birthday."),
    "number_in_use": _("This number belongs to another account. Sign in with it, or close that account first."),
    "old_number_unproven": _("Please confirm your present number or your password first."),
    "guardian_refused": _(
        "This code cannot be used. A guardian is a grown-up with a birthday in their profile, and not the child."
    ),
    "has_a_family": _("You are in a family already. Leave it before you join another."),
    "not_the_head": _("Only the head of the family can do this."),
    "family_is_full": _("A family has at most twelve places, invitations included."),
    "invitation_ended": _("This invitation no longer counts, or is for somebody else."),
    "no_family": _("You are in no family."),
    "cap_too_high": _("A family can lower the caps of the platform, not raise them."),
    "reason_missing": _("Please say why; it is kept with your name."),
    "may_not_move": _("Accounts of staff, merged and erased accounts are not moved here."),
    "move_is_open": _("A move of this account waits already. Stop it first."),
    "move_ended": _("This move was done or stopped already."),
    "own_proposal": _("Somebody else has to approve what you proposed."),
    "may_not_merge": _("Accounts of staff, and those merged, closed or about to be closed, are not merged."),
    "merge_is_open": _("A merge of this account waits already. Stop it first."),
    "merge_ended": _("This merge was carried out or stopped already."),
    "different_families": _("The two accounts are in different families. The member leaves one of them first."),
    "guardian_and_ward": _("One of the two answers for the other as guardian, so they are two people."),
    "holds_are_open": _("Points of this account are set aside for an order. Wait until it is paid or cancelled."),
    "may_not_close": _("This account cannot be closed here. Please ask our support."),
}


def sentence(code: str) -> str:
    return str(SENTENCES[code])
