"""The receipt of an act in JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields


class ReceiptQuery(fields.QuerySerializer):
    """The tree size of the head that the reader kept."""

    since = fields.DecimalIdField(
        required=False,
        help_text=_("Tree size of a head you kept: the answer also proves that nothing sealed by then has changed."),
    )


class ReceiptAnswer(serializers.Serializer[Any]):
    """The object of `points.transparency.receipts`, passed on unchanged because each byte of the leaf counts."""

    format = serializers.CharField()
    act = serializers.DictField(help_text=_("The leaf: the act with its journal, postings, lots and draws."))
    leaf_index = serializers.CharField()
    tree_size = serializers.CharField()
    inclusion = serializers.ListField(child=serializers.CharField(), help_text=_("SHA-256 hashes, leaf to root."))
    head = serializers.DictField(help_text=_("The signed head of the tree."))
    public_key = serializers.CharField(required=False)
    consistency = serializers.DictField(
        required=False, help_text=_("From the tree of `since` to this one: both sizes, and SHA-256 hashes.")
    )


class ReceiptPending(serializers.Serializer[Any]):
    """The act is booked; its proof is not made yet."""

    status = serializers.ChoiceField(["pending"])
