"""Logos that members have printed on customised pieces (SPEC R23)."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Logo(models.Model):
    """A picture for one member's pieces at one merchant, re-encoded and encrypted under the member's own key.

    It is stored in the database, so that it is committed with its order, protected by the same row-level security, and
    unreadable once the member's key is destroyed. The same upload again is the same logo.
    """

    public_id = models.UUIDField(_("number"), default=uuid4, unique=True, editable=False)
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    upload_digest = models.BinaryField(max_length=32)
    media_type = models.CharField(_("format"), max_length=10)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    picture_cipher = models.BinaryField(editable=False)
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "member", "upload_digest"], name="an_upload_is_stored_once"),
            models.CheckConstraint(
                condition=Q(media_type__in=["image/png", "image/jpeg"], width__gt=0, height__gt=0),
                name="a_logo_is_a_picture",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"
