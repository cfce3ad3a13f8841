"""The scopes of the partner API, and the scopes of each credential."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from oauth2_provider.scopes import BaseScopes

SCOPES: dict[str, str | Promise] = {
    "members:read": _("See members who joined this merchant"),
    "members:write": _("Register members and let them join this merchant"),
    "wallets:read": _("See wallets and statements of members who joined"),
    "purchases:write": _("Book purchases and returns"),
    "receipts:read": _("Fetch receipts with their proofs"),
    "spend:write": _("Hold and spend points with the member's authorisation"),
    "rewards:read": _("See the catalogue"),
    "orders:write": _("Order rewards for members and cancel orders"),
    "vouchers:accept": _("Query and accept vouchers"),
}


class CredentialScopes(BaseScopes):
    """Grants a credential its own scopes only; a request without scopes gets all of them."""

    def get_all_scopes(self) -> dict[str, str | Promise]:
        return SCOPES

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return list(application.scopes) if application else list(SCOPES)

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application, request)
