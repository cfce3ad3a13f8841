"""A member's wallets in JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from points.types import Purse


class WalletsQuery(fields.QuerySerializer):
    """A past state of the wallets: acts that occurred until `as_of`, as far as they were recorded by `known_at`."""

    as_of = fields.AwareDateTimeField(required=False, help_text=_("Counts what had occurred by then."))
    known_at = fields.AwareDateTimeField(required=False, help_text=_("Counts what had been recorded by then."))


class ExpiringAnswer(serializers.Serializer[Any]):
    """Points that end at a moment."""

    points = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class WalletAnswer(serializers.Serializer[Any]):
    """One purse: balance = available + pending + earmarked; held points are not part of the balance."""

    purse = fields.NameField(Purse)
    balance = serializers.IntegerField()
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    earmarked = serializers.IntegerField()
    held = serializers.IntegerField()
    owed = serializers.IntegerField()
    expiring = ExpiringAnswer(many=True)


class WalletsAnswer(serializers.Serializer[Any]):
    """Both purses of a member."""

    member_id = serializers.UUIDField()
    wallets = WalletAnswer(many=True)
