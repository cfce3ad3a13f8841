"""What a refusal of the merchants' verbs says to a person, by its code."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "step_refused": _("A merchant's life does not go that way."),
    "nothing_covers_the_points": _("Nothing covers the points it would issue: agree on a deposit or a credit first."),
    "staff_refused": _("Your own role does not reach that far."),
    "invitation_over": _("This code is unknown, was used or withdrawn, is too old, or is for another number."),
    "last_owner": _("A merchant is never without an owner: make somebody else an owner first."),
    "merchant_closed": _("This merchant takes no members now."),
    "terms_changed": _("The terms have changed meanwhile. Please read them once more."),
    "not_a_member": _("This person is no member here."),
    "card_opens_more": _("Their card opens an account that other shops know too, so our support replaces it."),
}


def sentence(code: str) -> str:
    return str(SENTENCES[code])
