"""The OAuth applications of merchants' partner systems."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication


class PartnerCredential(AbstractApplication):
    """An OAuth 2 client of one merchant. It is revoked, and never transferred or deleted.

    The secret is stored hashed, tokens by their checksum.
    """

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="credentials")
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta(AbstractApplication.Meta):
        verbose_name = _("partner credential")
        verbose_name_plural = _("partner credentials")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(authorization_grant_type="client-credentials", client_type="confidential"),
                name="a_partner_credential_is_a_confidential_machine",
            ),
            models.CheckConstraint(condition=Q(hash_client_secret=True), name="a_client_secret_is_stored_hashed"),
        ]

    def is_usable(self, request: Any) -> bool:
        """Called by the token endpoint before it grants a token."""
        return self.revoked_at is None
