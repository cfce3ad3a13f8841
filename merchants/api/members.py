"""The partner API of members: register or join, look up."""

from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key
from merchants import auth, queries
from merchants.api import serializers
from merchants.errors import MemberNotFound
from merchants.operations import registrations


class Members(APIView):
    """Register members."""

    required_scopes: ClassVar = {"POST": "members:write"}

    @extend_schema(
        operation_id="register_member",
        request=serializers.NewMemberSerializer,
        responses={
            201: serializers.RegisteredAnswer,
            200: OpenApiResponse(
                serializers.RegisteredAnswer, description=_("The person was known before and is a member now.")
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Register a member, or find an existing one. Reveals and changes nothing of people known before."""
        key = idempotency_key.read(request)
        moment = timezone.now()
        member = serializers.NewMemberSerializer.read_body(request, context={"today": timezone.localdate(moment)})
        found = registrations.register(merchant_id=auth.merchant_of(request), member=member, key=key, moment=moment)
        return Response(
            serializers.RegisteredAnswer(found).data,
            status=status.HTTP_201_CREATED if found.is_new else status.HTTP_200_OK,
            headers=idempotency_key.REPLAYED if found.is_replay else None,
        )


class Member(APIView):
    """One member."""

    required_scopes: ClassVar = {"GET": "members:read"}

    @extend_schema(operation_id="member", responses={200: serializers.MemberAnswer})
    def get(self, request: Request, member_id: UUID) -> Response:
        """A member who joined this merchant; other people are not found."""
        member = queries.member(merchant_id=auth.merchant_of(request), public_id=member_id)
        if member is None:
            raise MemberNotFound
        return Response(serializers.MemberAnswer(member).data)
