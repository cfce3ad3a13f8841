"""Forms of the member's pages about merchants."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_SPEND = 1_000_000_000


class MerchantForm(forms.Form):
    merchant = forms.CharField(max_length=32)


class JoinForm(MerchantForm):
    """With the version of the terms shown on the page; 0 if the merchant has none."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class SpendForm(forms.Form):
    """The points that showing the code may spend; none by default, so that a scan alone never costs points."""

    spend = forms.IntegerField(label=_("Points the shop may use"), min_value=0, max_value=MAX_SPEND, required=False)
