"""Members in JSON, as a merchant's systems tell and see them."""

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
    """A mobile number; without + it is one of the mainland. Inside it is E.164."""

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
    """Somebody to register, known by a telephone, by the merchant's own number, or by both; validated it is an
    `operations.NewMember`."""

    member_ref = fields.StrictCharField(max_length=MEMBER_REF_MAX_LENGTH, required=False)
    phone = PhoneField(max_length=32, required=False)
    name = fields.StrictCharField(max_length=NAME_MAX_LENGTH, required=False)
    birthday = BirthdayField(required=False)
    referrer = fields.StrictUUIDField(required=False, help_text=_("The member_id of who brought them."))

    def to_internal_value(self, data: Any) -> NewMember:
        member = NewMember(**super().to_internal_value(data))
        if member.member_ref is None and member.phone is None:
            raise serializers.ValidationError({"member_ref": [_("Tell phone or member_ref.")]}, code="required")
        return member


class RegisteredAnswer(serializers.Serializer[Any]):
    """The member's id, and nothing else."""

    id = serializers.UUIDField(source="public_id")


class MemberAnswer(RegisteredAnswer):
    """A member as this merchant knows them. Who was merged into another account says which."""

    member_ref = serializers.CharField(allow_null=True)
    joined_at = serializers.DateTimeField()
    merged_into = serializers.UUIDField(allow_null=True)


class LeaveFields(fields.StrictSerializer):
    """What would be spent: one act of at most so many points."""

    act = fields.StrictChoiceField(SpendingAct.choices)
    max_points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS)


class MemberCodeSerializer(fields.StrictSerializer):
    """A code as scanned or typed; with `act` and `max_points` it is asked for leave to spend too."""

    code = fields.StrictCharField(max_length=32)
    act = fields.StrictChoiceField(SpendingAct.choices, required=False)
    max_points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("act" in attrs) != ("max_points" in attrs):
            raise serializers.ValidationError({"act": [_("Tell act and max_points together.")]}, code="required")
        wish = member_codes.Wish(SpendingAct(attrs["act"]), attrs["max_points"]) if "act" in attrs else None
        return {"code": attrs["code"], "wish": wish}


class AuthorisationSerializer(LeaveFields):
    """Of whom leave is asked, by SMS."""

    member_id = fields.StrictUUIDField()


class SpendingCodeSerializer(fields.StrictSerializer):
    """The code that the member read from the SMS."""

    code = fields.StrictCharField(max_length=12)


class AuthorisationAnswer(serializers.Serializer[Any]):
    """Leave to spend. It serves once it is confirmed, once, until `expires_at`."""

    id = serializers.UUIDField()
    act = serializers.ChoiceField(SpendingAct.choices)
    max_points = serializers.IntegerField()
    is_confirmed = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField()

    def get_is_confirmed(self, leave: Authorisation) -> bool:
        return leave.confirmed_at is not None


class ResolvedAnswer(serializers.Serializer[Any]):
    """Who stands at the counter."""

    member_id = serializers.UUIDField(source="public_id")
    member_ref = serializers.CharField(allow_null=True)
    has_joined = serializers.BooleanField(help_text=_("By showing this code they became a member here."))
    authorisation = AuthorisationAnswer(allow_null=True)
