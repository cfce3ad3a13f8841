"""Idempotency keys: a repeated key with the same body gets the first answer."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestKey(models.Model):
    """An Idempotency-Key of a merchant with the hash of its request. A refusal stores none."""

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+")
    key_digest = models.BinaryField(max_length=32)
    request_hash = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "key_digest"], name="a_key_stands_for_one_request")
        ]

    def __str__(self) -> str:
        return str(self.pk)
