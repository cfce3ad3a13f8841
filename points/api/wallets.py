"""Partner API: a member's wallets and statement."""

from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import openapi, paging
from merchants.auth import merchant_of
from points import permissions, queries
from points.api.serializers.statement import EntryAnswer, StatementQuery
from points.api.serializers.wallets import WalletsAnswer, WalletsQuery


class MemberWallets(APIView):
    """Read a member's wallets."""

    required_scopes: ClassVar = {"GET": "wallets:read"}

    @extend_schema(
        operation_id="wallets",
        parameters=[WalletsQuery],
        responses={200: WalletsAnswer},
        extensions=openapi.also_refuses("member_merged", "beyond_horizon"),
    )
    def get(self, request: Request, member_id: UUID) -> Response:
        """Both purses: now, or as of a past moment, as it is known today or was known at another."""
        past = WalletsQuery.read(request)
        member = permissions.member_of(request, member_id)
        moment = timezone.now()
        wallets = (
            queries.wallets_as_of(member_id=member, **{"as_of": moment} | past)
            if past
            else queries.wallets(member_id=member, moment=moment)
        )
        return Response(WalletsAnswer({"member_id": member_id, "wallets": wallets}).data)


class MemberStatement(APIView):
    """Read a member's statement."""

    required_scopes: ClassVar = {"GET": "wallets:read"}

    @extend_schema(
        operation_id="statement",
        parameters=[StatementQuery, *openapi.CURSOR_PARAMETERS],
        responses={200: openapi.page_of("StatementPage", EntryAnswer())},
        extensions=openapi.also_refuses("member_merged"),
    )
    def get(self, request: Request, member_id: UUID) -> Response:
        """The acts of this merchant alone, newest first."""
        filters = StatementQuery.read(request)
        entries = queries.statement(
            member_id=permissions.member_of(request, member_id), merchant_id=merchant_of(request), **filters
        )
        page = paging.take(entries, request=request, name="statement", order=("-act_id", "purse"))
        entry = EntryAnswer()
        return Response(page.body([entry.to_representation(row) for row in page.rows]))
