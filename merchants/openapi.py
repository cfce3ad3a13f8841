"""The security scheme in the API description: OAuth 2 client credentials with scopes."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from merchants import auth
from merchants.scopes import SCOPES


class PartnerScheme(OpenApiAuthenticationExtension):
    """drf-spectacular finds this class by its `target_class` once the module is imported."""

    target_class = "merchants.auth.PartnerAuthentication"
    name = "partner"

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: [auth.required_scope(auto_schema.view, auto_schema.method)]}

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = {name: str(meaning) for name, meaning in SCOPES.items()}
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}}}
