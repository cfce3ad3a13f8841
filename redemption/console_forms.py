"""The console's forms of the catalogue: what a merchant types, with every objection at its field."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from redemption import operations
from redemption.calculator import FEN_PER_YUAN
from redemption.disclosures import Objection
from redemption.models import FaceValueBasis, Reward, RewardStatus


class RewardForm(forms.ModelForm[Reward]):
    """What a reward says. One that is published is judged before it is saved."""

    class Meta:
        model = Reward
        fields = "__all__"
        # Three lines and no wider than the other fields, so that the form stays on a page.
        widgets: ClassVar = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3, "class": "max-w-2xl"})
            for name in ("description", "terms", "details")
        }

    def _post_clean(self) -> None:
        # After the instance has taken what was typed, because that is what is judged.
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and self.instance.status == RewardStatus.PUBLISHED:
            for one in operations.objections(reward=self.instance, moment=timezone.now()):
                name = one.field.split(".")[0]
                self.add_error(name if name in self.fields else None, said(one))


class PriceForm(forms.Form):
    """A new price, or with an end a promotion."""

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

    def terms(self) -> operations.PriceTerms:
        given = self.cleaned_data
        return operations.PriceTerms(
            points=given["points"],
            cash_fen=_fen(given["cash_yuan"]),
            face_value_fen=_fen(given["face_value_yuan"]),
            face_value_on=given["face_value_on"],
            face_value_evidence=given["face_value_evidence"],
            face_value_basis=FaceValueBasis(given["face_value_basis"]),
        )

    def announce(self, *, reward_id: int, actor_id: int | None, moment: datetime) -> Any:
        """The price, promotion or announced rise that came of it; None when it was refused, which is told here."""
        given = self.cleaned_data
        starts_at = given["starts_at"] or moment
        try:
            if given["ends_at"]:
                return operations.start_promotion(
                    reward_id=reward_id,
                    terms=self.terms(),
                    starts_at=starts_at,
                    ends_at=given["ends_at"],
                    occasion=given["occasion"],
                    moment=moment,
                    actor_id=actor_id,
                )
            return operations.announce_price(
                reward_id=reward_id, terms=self.terms(), moment=moment, starts_at=starts_at, actor_id=actor_id
            )
        except operations.BelowGuarantee as refusal:
            least = Decimal(refusal.facts["least_face_value_fen"]) / FEN_PER_YUAN
            self.add_error(
                "face_value_yuan",
                _("A point buys at least 5 fen: this price needs a face value of %(yuan)s yuan.") % {"yuan": least},
            )
        except operations.NoEvidence:
            self.add_error("face_value_on", _("It must have been charged in the last 30 days, or be attested."))
        except operations.PromotionNotCheaper:
            self.add_error("points", _("A promotion is cheaper than the price beside it."))
        except operations.PricesOverlap:
            self.add_error("starts_at", _("Another price of this kind holds in part of that time."))
        except operations.RiseAlreadyAnnounced:
            self.add_error(None, _("Members are being told of another rise of this price; withdraw it first."))
        except operations.PriceRefused as refusal:
            self.add_error(None, str(refusal.facts["why"]))
        return None


def said(objection: Objection) -> str:
    """In the reader's language, with the difference listed."""
    text = objection.zh if (get_language() or "zh").startswith("zh") else objection.en
    return " ".join([text, *objection.difference])


def _fen(yuan: Decimal | None) -> int:
    return int((yuan or 0) * FEN_PER_YUAN)
