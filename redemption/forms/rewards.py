"""The console's form of a reward, with every objection at its field."""

from typing import Any, ClassVar

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils import timezone
from django.utils.translation import get_language
from unfold.widgets import UnfoldAdminTextareaWidget

from redemption.disclosures import Objection
from redemption.forms import details
from redemption.models import Reward, RewardStatus
from redemption.operations import catalogue

# The detail fields of all kinds, declared where Django's form factories look for them.
_Details: Any = DeclarativeFieldsMetaclass("_Details", (forms.Form,), details.fields())


class RewardForm(_Details, forms.ModelForm[Reward]):
    """A reward with the fields of its kind. A published one is checked for objections before it is saved."""

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
            kwargs["initial"] = details.initial(instance.details) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        if instance is not None and instance.pk:
            own = details.of_kind(instance.kind, merchant_category=instance.merchant.category)
            for name in set(details.NAMES) - set(own):
                self.fields.pop(name, None)

    def values(self) -> dict[str, Any]:
        """The reward's own fields and its details, as arguments of the operations."""
        own = {field.name for field in Reward._meta.get_fields()}
        given = {name: value for name, value in self.cleaned_data.items() if name in own and name != "stores"}
        return given | {"details": self.instance.details}

    def changed(self) -> set[str]:
        """Names of the `values` that the form changed."""
        names = set(self.changed_data)
        return names | {"details"} if names & set(details.NAMES) else names

    def _post_clean(self) -> None:
        kind = self.cleaned_data.get("kind") or self.instance.kind
        given = {name: self.cleaned_data[name] for name in details.NAMES if name in self.cleaned_data}
        self.instance.details = details.updated(given, kind=kind, before=self.instance.details)
        # Objections are checked on the instance, which now has the typed values.
        super()._post_clean()
        if not self.errors and self.instance.status == RewardStatus.PUBLISHED:
            for one in catalogue.objections(reward=self.instance, moment=timezone.now()):
                name = details.field_of(one.field) or one.field
                self.add_error(name if name in self.fields else None, text_of(one))


def text_of(objection: Objection) -> str:
    """The objection in the reader's language, with its difference."""
    text = objection.zh if (get_language() or "zh").startswith("zh") else objection.en
    return " ".join([text, *objection.difference])
