"""The console's forms of the catalogue: what a merchant types, with every objection at its field."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
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

from redemption.calculator import FEN_PER_YUAN
from redemption.disclosures import Objection
from redemption.forms import details
from redemption.models import FaceValueBasis, Reward, RewardStatus
from redemption.operations import catalogue, prices
from redemption.operations.prices import (
    BelowGuarantee,
    NoEvidence,
    PriceRefused,
    PricesOverlap,
    PriceTerms,
    PromotionNotCheaper,
    RiseAlreadyAnnounced,
)

# The typed fields of all kinds, declared where Django's form factories look for them.
_Details: Any = DeclarativeFieldsMetaclass("_Details", (forms.Form,), details.fields())


class RewardForm(_Details, forms.ModelForm[Reward]):
    """What a reward says, in the fields of its kind. One that is published is judged before it is saved."""

    class Meta:
        model = Reward
        exclude = ("details",)
        # Three lines and no wider than the other fields, so that the form stays on a page.
        widgets: ClassVar = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3, "class": "max-w-2xl"})
            for name in ("description", "terms")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None:
            kwargs["initial"] = details.typed(instance.details) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        if instance is not None and instance.pk:
            own = details.of_kind(instance.kind, merchant_category=instance.merchant.category)
            for name in set(details.NAMES) - set(own):
                self.fields.pop(name, None)

    def said(self) -> dict[str, Any]:
        """The reward's own fields and its details, as the operations take them."""
        own = {field.name for field in Reward._meta.get_fields()}
        given = {name: value for name, value in self.cleaned_data.items() if name in own and name != "stores"}
        return given | {"details": self.instance.details}

    def changed(self) -> set[str]:
        """Which of them were changed."""
        by_hand = set(self.changed_data)
        return by_hand | {"details"} if by_hand & set(details.NAMES) else by_hand

    def _post_clean(self) -> None:
        kind = self.cleaned_data.get("kind") or self.instance.kind
        given = {name: self.cleaned_data[name] for name in details.NAMES if name in self.cleaned_data}
        self.instance.details = details.kept(given, kind=kind, before=self.instance.details)
        # After the instance has taken what was typed, because that is what is judged.
        super()._post_clean()
        if not self.errors and self.instance.status == RewardStatus.PUBLISHED:
            for one in catalogue.objections(reward=self.instance, moment=timezone.now()):
                name = details.field_of(one.field) or one.field
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
        """The price, promotion or announced rise that came of it; None when it was refused, which is told here."""
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
            self.add_error(None, _("Members are being told of another rise of this price; withdraw it first."))
        except PriceRefused as refusal:
            self.add_error(None, refusal.message)
        return None


def said(objection: Objection) -> str:
    """In the reader's language, with the difference listed."""
    text = objection.zh if (get_language() or "zh").startswith("zh") else objection.en
    return " ".join([text, *objection.difference])


def _fen(yuan: Decimal | None) -> int:
    return int((yuan or 0) * FEN_PER_YUAN)
