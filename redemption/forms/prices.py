"""The console's form of a new price or promotion."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from redemption.calculator import FEN_PER_YUAN
from redemption.models import FaceValueBasis
from redemption.operations import prices
from redemption.operations.price_refusals import (
    BelowGuarantee,
    NoEvidence,
    PriceRefused,
    PricesOverlap,
    PromotionNotCheaper,
    RiseAlreadyAnnounced,
)
from redemption.operations.prices import PriceTerms


class PriceForm(forms.Form):
    """A new price; with an end it is a promotion."""

    points = forms.IntegerField(label=_("points"), min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    cash_yuan = forms.DecimalField(
        label=_("cash in yuan"), min_value=0, decimal_places=2, required=False, widget=UnfoldAdminDecimalFieldWidget
    )
    face_value_yuan = forms.DecimalField(
        label=_("face value in yuan"),
        min_value=0,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("A cash price really charged in the last 30 days, or attested."),
    )
    face_value_basis = forms.ChoiceField(
        label=_("the face value was"), choices=FaceValueBasis.choices, widget=UnfoldAdminSelectWidget
    )
    face_value_on = forms.DateField(label=_("charged or attested on"), widget=UnfoldAdminDateWidget)
    face_value_evidence = forms.CharField(
        label=_("the receipt, or by whom it is attested"), max_length=200, widget=UnfoldAdminTextInputWidget
    )
    starts_at = forms.SplitDateTimeField(
        label=_("from"), required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=_("empty: now")
    )
    ends_at = forms.SplitDateTimeField(
        label=_("until"), required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=_("only for a promotion")
    )
    occasion = forms.CharField(label=_("occasion"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ends_at") and given["ends_at"] <= (given.get("starts_at") or timezone.now()):
            self.add_error("ends_at", _("It ends after it begins, and not in the past."))
        return given

    def terms(self) -> PriceTerms:
        given = self.cleaned_data
        return PriceTerms(
            points=given["points"],
            cash_fen=_fen(given["cash_yuan"]),
            face_value_fen=_fen(given["face_value_yuan"]),
            face_value_on=given["face_value_on"],
            face_value_evidence=given["face_value_evidence"],
            face_value_basis=FaceValueBasis(given["face_value_basis"]),
        )

    def announce(self, *, reward_id: int, actor_id: int | None, moment: datetime) -> Any:
        """The new price, promotion or announced rise; None when refused, with the refusal in the form's errors."""
        given = self.cleaned_data
        starts_at = given["starts_at"] or moment
        try:
            if given["ends_at"]:
                return prices.start_promotion(
                    reward_id=reward_id,
                    terms=self.terms(),
                    starts_at=starts_at,
                    ends_at=given["ends_at"],
                    occasion=given["occasion"],
                    moment=moment,
                    actor_id=actor_id,
                )
            return prices.announce(
                reward_id=reward_id, terms=self.terms(), moment=moment, starts_at=starts_at, actor_id=actor_id
            )
        except BelowGuarantee as refusal:
            least = Decimal(refusal.facts["least_face_value_fen"]) / FEN_PER_YUAN
            self.add_error(
                "face_value_yuan",
                _("A point buys at least 5 fen: this price needs a face value of %(yuan)s yuan.") % {"yuan": least},
            )
        except NoEvidence:
            self.add_error("face_value_on", _("It must have been charged in the last 30 days, or be attested."))
        except PromotionNotCheaper:
            self.add_error("points", _("A promotion is cheaper than the price beside it."))
        except PricesOverlap:
            self.add_error("starts_at", _("Another price of this kind holds in part of that time."))
        except RiseAlreadyAnnounced:
            self.add_error(None, _("Another rise of this price is announced already; withdraw it first."))
        except PriceRefused as refusal:
            self.add_error(None, refusal.message)
        return None


def _fen(yuan: Decimal | None) -> int:
    return int((yuan or 0) * FEN_PER_YUAN)
