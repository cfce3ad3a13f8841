"""The partner API at the counter: who stands there, and their leave to spend."""

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
    """Who shows this code."""

    required_scopes: ClassVar = {"POST": "members:write"}

    @extend_schema(
        operation_id="resolve_member_code",
        request=serializers.MemberCodeSerializer,
        responses={200: serializers.ResolvedAnswer},
    )
    def post(self, request: Request) -> Response:
        """Use up the code on a member's screen, or read a card. Showing a code is joining; it gives leave to spend as
        many points as the member chose to allow."""
        key = idempotency_key.read(request)
        asked = serializers.MemberCodeSerializer.read_body(request)
        with code_guesses.counted(request.auth):
            found = member_codes.resolve(merchant_id=auth.merchant_of(request), key=key, moment=timezone.now(), **asked)
        replayed = idempotency_key.REPLAYED if found.is_replay else None
        return Response(serializers.ResolvedAnswer(found).data, headers=replayed)


class Authorisations(APIView):
    """Ask a member for leave to spend."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="ask_authorisation",
        request=serializers.AuthorisationSerializer,
        responses={201: serializers.AuthorisationAnswer},
        extensions=openapi.also_refuses("member_merged", "sms_not_sent"),
        description=_("Sends an SMS that names merchant, act and maximum; the code in it confirms."),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key.read(request)
        asked = serializers.AuthorisationSerializer.read_body(request)
        leave, is_replay = authorisations.ask(
            merchant_id=auth.merchant_of(request),
            member=asked["member_id"],
            act=asked["act"],
            max_points=asked["max_points"],
            key=key,
            moment=timezone.now(),
        )
        replayed = idempotency_key.REPLAYED if is_replay else None
        return Response(serializers.AuthorisationAnswer(leave).data, status.HTTP_201_CREATED, headers=replayed)


class Confirmation(APIView):
    """The member's answer."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="confirm_authorisation",
        request=serializers.SpendingCodeSerializer,
        responses={200: serializers.AuthorisationAnswer},
    )
    def post(self, request: Request, authorisation_id: UUID) -> Response:
        """Three answers, five minutes. The same right code again gets the same answer."""
        idempotency_key.read(request)
        code = serializers.SpendingCodeSerializer.read_body(request)["code"]
        with code_guesses.counted(request.auth, under=code_guesses.SPENDING_CODES):
            leave = authorisations.confirm(
                merchant_id=auth.merchant_of(request),
                authorisation_id=authorisation_id,
                code=code,
                moment=timezone.now(),
            )
        return Response(serializers.AuthorisationAnswer(leave).data)
