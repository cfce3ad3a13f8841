"""Members in JSON, as a merchant's systems tell and see them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import phones
from hongmi.lib import fields
from merchants import operations

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

    def to_internal_value(self, data: Any) -> operations.NewMember:
        member = operations.NewMember(**super().to_internal_value(data))
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
