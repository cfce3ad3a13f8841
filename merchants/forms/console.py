"""Forms of the console about merchants: changes of status, terms, staff."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import queries as people
from accounts.forms import PhoneField
from merchants.models import Merchant, MerchantStatus, StaffRole, Store

MAX_YUAN = 10**10


class Confirmation(forms.Form):
    """A form without fields: only the button."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)


class FindMemberForm(forms.Form):
    typed = forms.CharField(
        label=_("Whom?"),
        max_length=128,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=_("Your own number for the member, a whole mobile number, or a member id"),
    )


class ShopForm(forms.Form):
    """Chooses one of the given merchants; hidden if there is only one."""

    merchant = forms.ModelChoiceField(
        label=_("merchant"), queryset=Merchant.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, merchants: QuerySet[Merchant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["merchant"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = merchants
        shops = list(merchants[:2])
        if len(shops) == 1:
            field.widget, field.initial = forms.HiddenInput(), shops[0].pk


class PlaceForm(forms.Form):
    """A role, and the stores it is bound to."""

    role = forms.ChoiceField(label=_("role"), widget=UnfoldAdminSelectWidget)
    stores = forms.ModelMultipleChoiceField(
        label=_("stores"),
        queryset=Store.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: in all stores."),
    )

    def __init__(self, *args: Any, roles: list[StaffRole], stores: QuerySet[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered, held_in = self.fields["role"], self.fields["stores"]
        assert isinstance(offered, forms.ChoiceField)
        assert isinstance(held_in, forms.ModelMultipleChoiceField)
        offered.choices = [(role, role.label) for role in roles]
        held_in.queryset = stores

    def place(self) -> dict[str, Any]:
        """The arguments of the operations."""
        data = self.cleaned_data
        return {"role": StaffRole(data["role"]), "store_ids": [store.pk for store in data["stores"]]}


class InvitationForm(ShopForm, PlaceForm):
    phone = PhoneField(
        label=_("Their mobile number"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("With a number only its owner can accept."),
    )
    field_order = ("merchant", "role", "stores", "phone")


class StepForm(forms.Form):
    """The next status of a merchant, and the reason."""

    to = forms.ChoiceField(label=_("Next step"), widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label=_("reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Stored with your name and the time, and shown to the merchant."),
    )

    def __init__(self, *args: Any, steps: list[MerchantStatus], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(step, step.label) for step in steps]

    def clean_to(self) -> MerchantStatus:
        return MerchantStatus(self.cleaned_data["to"])


class YuanField(forms.DecimalField):
    """An amount typed in yuan; the cleaned value is in fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=UnfoldAdminDecimalFieldWidget, min_value=0, max_value=MAX_YUAN, decimal_places=2, **kwargs
        )

    def clean(self, value: Any) -> int:
        return int(super().clean(value) * 100)


class CoverForm(forms.Form):
    deposit_fen = YuanField(label=_("deposit in yuan"))
    credit_limit_fen = YuanField(label=_("credit limit in yuan"))


class TermsForm(ShopForm):
    text = forms.CharField(label=_("text"), max_length=20_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}))
    text_en = forms.CharField(
        label=_("English text"),
        max_length=20_000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )


class ApplicationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A merchant that applies for a contract, and its owner."""

    owner_phone = PhoneField(
        label=_("Mobile number of the owner"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("They have signed in with it before."),
    )

    class Meta:
        model = Merchant
        fields = ("code", "name", "name_en", "category", "licence_number")

    def clean_owner_phone(self) -> int:
        person = people.person_by_phone(self.cleaned_data["owner_phone"])
        if person is None or not person.is_active:
            raise forms.ValidationError(_("Nobody has signed in with this number."), code="no_such_person")
        return person.pk
