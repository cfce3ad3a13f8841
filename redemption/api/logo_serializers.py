"""Logos in JSON and in multipart forms."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from hongmi.lib import fields


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """A file in a form."""


class LogoSerializer(fields.QuerySerializer):
    """The member whose order uses the logo, and the file."""

    member_id = fields.StrictUUIDField()
    file = UploadField(
        max_length=200, help_text=_("PNG, JPEG or WebP; at most 2 MB, 5,000 pixels a side, 16 million in all.")
    )

    @classmethod
    def read_form(cls, request: Request) -> dict[str, Any]:
        # An empty body is not parsed as a form.
        form = dict(request.data.lists()) if isinstance(request.data, QueryDict) else {}
        serializer = cls(data=form)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        return {"member": values["member_id"], "upload": values["file"].read()}


class LogoAnswer(serializers.Serializer[Any]):
    """A re-encoded logo. Give its `id` in the options of an order."""

    id = serializers.UUIDField(source="public_id")
    member_id = serializers.UUIDField(source="member.public_id")
    media_type = serializers.ChoiceField(["image/png", "image/jpeg"])
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField()
