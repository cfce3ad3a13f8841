"""The partner API at the counter: member codes, and authorisations to spend."""

from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants import auth, authorisations, code_guesses, member_codes
from merchants.api import serializers


class MemberCodeResolution(APIView):
    """Find the member of a code."""

    required_scopes: ClassVar = {"POST": "members:write"}

    @extend_schema(
        operation_id="resolve_member_code",
        request=serializers.MemberCodeSerializer,
        responses={200: serializers.ResolvedAnswer},
    )
    def post(self, request: Request) -> Response:
        """Use the code on a member's screen, or read a card. Showing a code joins the merchant and authorises to spend
        as many points as the member chose to allow."""
        key = idempotency_key.read(request)
        body = serializers.MemberCodeSerializer.read_body(request)
        with code_guesses.counted(request.auth):
            found = member_codes.resolve(merchant_id=auth.merchant_of(request), key=key, moment=timezone.now(), **body)
        replayed = idempotency_key.REPLAYED if found.is_replay else None
        return Response(serializers.ResolvedAnswer(found).data, headers=replayed)


class Authorisations(APIView):
    """Request authorisations from members."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="request_authorisation",
        request=serializers.AuthorisationSerializer,
        responses={201: serializers.AuthorisationAnswer},
        extensions=openapi.also_refuses("member_merged", "sms_not_sent"),
        description=_("Sends an SMS that names merchant, act and maximum; the code in it confirms."),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key.read(request)
        body = serializers.AuthorisationSerializer.read_body(request)
        authorisation, is_replay = authorisations.request(
            merchant_id=auth.merchant_of(request),
            member=body["member_id"],
            act=body["act"],
            max_points=body["max_points"],
            key=key,
            moment=timezone.now(),
        )
        replayed = idempotency_key.REPLAYED if is_replay else None
        return Response(serializers.AuthorisationAnswer(authorisation).data, status.HTTP_201_CREATED, headers=replayed)


class Confirmation(APIView):
    """Confirm an authorisation by the member's code."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="confirm_authorisation",
        request=serializers.SpendingCodeSerializer,
        responses={200: serializers.AuthorisationAnswer},
    )
    def post(self, request: Request, authorisation_id: UUID) -> Response:
        """A code allows three answers within five minutes. Repeating the right code gets the same answer."""
        idempotency_key.read(request)
        code = serializers.SpendingCodeSerializer.read_body(request)["code"]
        with code_guesses.counted(request.auth, under=code_guesses.SPENDING_CODES):
            authorisation = authorisations.confirm(
                merchant_id=auth.merchant_of(request),
                authorisation_id=authorisation_id,
                code=code,
                moment=timezone.now(),
            )
        return Response(serializers.AuthorisationAnswer(authorisation).data)
