"""JSON of members, member codes and authorisations in the partner API."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import phones
from hongmi.lib import fields
from merchants import member_codes
from merchants.models import Authorisation, SpendingAct
from merchants.operations.registrations import NewMember

MAX_POINTS = 1_000_000_000
MEMBER_REF_MAX_LENGTH = 64
NAME_MAX_LENGTH = 50


class PhoneField(fields.StrictCharField):
    """A mobile number; without + it is one of mainland China. The validated value is E.164."""

    default_error_messages = {"not_mobile": _("This is no mobile number.")}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> str:
        try:
            return phones.normal_form(super().to_internal_value(data))
        except phones.NotAMobileNumber:
            self.fail("not_mobile")


class BirthdayField(fields.StrictDateField):
    """A day in the past."""

    default_error_messages = {"future": _("Nobody is born in the future.")}  # noqa: RUF012

    def to_internal_value(self, value: Any) -> date:
        born_on = super().to_internal_value(value)
        if born_on > self.context["today"]:
            self.fail("future")
        return born_on


class NewMemberSerializer(fields.StrictSerializer):
    """A person to register, with a phone, the merchant's own number, or both. The validated value is a `NewMember`."""

    member_ref = fields.StrictCharField(max_length=MEMBER_REF_MAX_LENGTH, required=False)
    phone = PhoneField(max_length=32, required=False)
    name = fields.StrictCharField(max_length=NAME_MAX_LENGTH, required=False)
    birthday = BirthdayField(required=False)
    referrer = fields.StrictUUIDField(required=False, help_text=_("The member_id of the referrer."))

    def to_internal_value(self, data: Any) -> NewMember:
        member = NewMember(**super().to_internal_value(data))
        if member.member_ref is None and member.phone is None:
            raise serializers.ValidationError({"member_ref": [_("Give phone or member_ref.")]}, code="required")
        return member


class RegisteredAnswer(serializers.Serializer[Any]):
    """The member's id only."""

    id = serializers.UUIDField(source="public_id")


class MemberAnswer(RegisteredAnswer):
    """A member as this merchant sees them; `merged_into` is the survivor of a merge."""

    member_ref = serializers.CharField(allow_null=True)
    joined_at = serializers.DateTimeField()
    merged_into = serializers.UUIDField(allow_null=True)


class SpendFields(fields.StrictSerializer):
    """A spend to authorise: one act of at most `max_points`."""

    act = fields.StrictChoiceField(SpendingAct.choices)
    max_points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS)


class MemberCodeSerializer(fields.StrictSerializer):
    """A code as scanned or typed; with `act` and `max_points` it also authorises a spend."""

    code = fields.StrictCharField(max_length=32)
    act = fields.StrictChoiceField(SpendingAct.choices, required=False)
    max_points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("act" in attrs) != ("max_points" in attrs):
            raise serializers.ValidationError({"act": [_("Give act and max_points together.")]}, code="required")
        spend = member_codes.SpendRequest(SpendingAct(attrs["act"]), attrs["max_points"]) if "act" in attrs else None
        return {"code": attrs["code"], "spend": spend}


class AuthorisationSerializer(SpendFields):
    """A spend, and the member who gets the SMS."""

    member_id = fields.StrictUUIDField()


class SpendingCodeSerializer(fields.StrictSerializer):
    """The code of the SMS, from the member."""

    code = fields.StrictCharField(max_length=12)


class AuthorisationAnswer(serializers.Serializer[Any]):
    """An authorisation to spend. Once confirmed it is valid for one spend before `expires_at`."""

    id = serializers.UUIDField()
    act = serializers.ChoiceField(SpendingAct.choices)
    max_points = serializers.IntegerField()
    is_confirmed = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField()

    def get_is_confirmed(self, authorisation: Authorisation) -> bool:
        return authorisation.confirmed_at is not None


class ResolvedAnswer(serializers.Serializer[Any]):
    """The member at the counter."""

    member_id = serializers.UUIDField(source="public_id")
    member_ref = serializers.CharField(allow_null=True)
    has_joined = serializers.BooleanField(help_text=_("The member joined this merchant by showing the code."))
    authorisation = AuthorisationAnswer(allow_null=True)
