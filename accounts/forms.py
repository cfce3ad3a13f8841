"""Forms of the member pages and of support, and the fields for numbers and codes."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts import codes, phones
from accounts.models import FamilyRole


def posted_id(data: QueryDict, name: str) -> int:
    """The row id that a button posts; 0, which no row has, for anything else."""
    typed = data.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


class PhoneField(forms.CharField):
    """A mobile number; the cleaned value is E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("max_length", 32)
        super().__init__(**kwargs)
        self.widget.attrs |= {"type": "tel", "inputmode": "tel", "autocomplete": "tel", "placeholder": "138 0013 8000"}

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return phones.normal_form(typed)
        except phones.NotAMobileNumber:
            raise forms.ValidationError(_("This is not a mobile number."), code="not_a_mobile_number") from None


class DigitsField(forms.CharField):
    """A fixed number of digits; accepts spaces and full-width digits."""

    def __init__(self, *, digits: int, **kwargs: Any) -> None:
        self.digits = digits
        super().__init__(max_length=2 * digits, **kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        typed = "".join(str(int(character)) for character in super().clean(value) if character.isdecimal())
        if typed and len(typed) != self.digits:
            raise forms.ValidationError(_("Please type %(digits)s digits.") % {"digits": self.digits})
        return typed


class CodeRequestForm(forms.Form):
    phone = PhoneField()
    has_agreed = forms.BooleanField(label=_("I have read the terms and the privacy notice and agree to them."))


class PhoneForm(forms.Form):
    phone = PhoneField(label=_("New mobile number"))


class CodeForm(forms.Form):
    code = DigitsField(digits=codes.SMS_CODE_DIGITS, label=_("Code from the SMS"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autocomplete"] = "one-time-code"


class MergeForm(forms.Form):
    """The account that stays, and the reason for the merge."""

    typed = forms.CharField(
        label=_("The account that stays"),
        max_length=128,
        help_text=_("Its member id, mobile number, card number or sign-in name, whole."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class CardSignInForm(forms.Form):
    number = DigitsField(digits=codes.CARD_DIGITS, label=_("Card number"))
    pin = DigitsField(digits=codes.PIN_DIGITS, label=_("PIN"), widget=forms.PasswordInput)


class PasswordSignInForm(LoginForm):
    """Number or sign-in name, and password. The library hashes the password for unknown names too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Mobile number or sign-in name")
        self.fields["login"].widget.attrs = {"autocomplete": "username"}
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        typed: str = super().clean_login()
        try:
            return phones.normal_form(typed)
        except phones.NotAMobileNumber:
            return typed

    def user_credentials(self) -> dict[str, str]:
        credentials: dict[str, str] = super().user_credentials()
        if "phone" in credentials:
            # The library would also try the number as a name, and store that name in the session in clear.
            credentials.pop("username", None)
        return credentials


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    birthday = forms.DateField(
        label=_("Birthday"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For birthday gifts. You can set it once."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class PetForm(forms.Form):
    name = forms.CharField(label=_("Name of the pet"), max_length=50)
    birthday = forms.DateField(label=_("Its birthday"), widget=forms.DateInput(attrs={"type": "date"}))


class FamilyForm(forms.Form):
    name = forms.CharField(label=_("Name of the family"), max_length=100, required=False)


class InviteForm(forms.Form):
    phone = PhoneField(
        required=False, label=_("Their mobile number"), help_text=_("Leave it empty to get a code you can pass on.")
    )
    role = forms.ChoiceField(
        label=_("As"), choices=[choice for choice in FamilyRole.choices if choice[0] != FamilyRole.HEAD]
    )


class SpokenCodeForm(forms.Form):
    code = forms.CharField(label=_("Code you were given"), max_length=32)


class CapsForm(forms.Form):
    points_per_day = forms.IntegerField(
        label=_("Green points a member may give per day"), min_value=0, max_value=10**6, required=False
    )
    points_per_year = forms.IntegerField(
        label=_("Green points a member may give per year"), min_value=0, max_value=10**6, required=False
    )


class FindForm(forms.Form):
    typed = forms.CharField(
        label=_("Whom?"),
        max_length=128,
        help_text=_("A mobile number, card number, member id, a shop's own number, a reference, a whole name"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The case or complaint, in a few words"))


class CardForm(forms.Form):
    pin = DigitsField(digits=codes.PIN_DIGITS, label=_("PIN"), required=False)


class MovedCodeForm(ReasonForm):
    code = DigitsField(digits=codes.SMS_CODE_DIGITS, label=_("Code from the caller"))
    field_order = ("code", "reason")
