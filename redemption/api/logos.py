"""The partner API of logos."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi, uploads
from merchants.auth import merchant_of
from redemption import logo_responses
from redemption.api import logo_serializers as serializers
from redemption.operations import logos


class Logos(APIView):
    """Upload a logo."""

    required_scopes: ClassVar = {"POST": "orders:write"}
    parser_classes = (uploads.OneFileParser,)

    @extend_schema(
        operation_id="upload_logo",
        request={"multipart/form-data": serializers.LogoSerializer},
        responses={201: serializers.LogoAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """PNG, JPEG or WebP, at most 2 MB and 16 million pixels. It is re-encoded; only its pixels are stored."""
        key = idempotency_key.read(request)
        body = serializers.LogoSerializer.read_form(request)
        stored = logos.store(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body)
        replayed = idempotency_key.REPLAYED if stored.is_replay else None
        return Response(serializers.LogoAnswer(stored.logo).data, status=status.HTTP_201_CREATED, headers=replayed)


class _PictureRenderer(JSONRenderer):
    """Allows `Accept: image/*`. Only refusals are rendered here: the picture is a plain response."""

    media_type = "image/*"
    format = "picture"


class LogoPicture(APIView):
    """One logo."""

    required_scopes: ClassVar = {"GET": "orders:write"}
    renderer_classes = (JSONRenderer, _PictureRenderer)

    @extend_schema(
        operation_id="logo",
        responses={(200, "image/png"): OpenApiTypes.BINARY, (200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, logo_id: UUID) -> HttpResponse:
        """The picture as printed, for the merchant of its order."""
        logo = logos.logo_of(public_id=logo_id, merchant_id=merchant_of(request))
        return logo_responses.picture(logo)
