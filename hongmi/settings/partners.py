"""The partner API: credentials, rate limits, format."""

from hongmi.settings.environment import env

OAUTH2_PROVIDER_APPLICATION_MODEL = "merchants.PartnerCredential"
OAUTH2_PROVIDER = {
    # Supports the client credentials grant and no other.
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "APPLICATION_ADMIN_CLASS": "merchants.admin.PartnerCredentialAdmin",
    "OAUTH2_VALIDATOR_CLASS": "merchants.oauth.PartnerValidator",
    "SCOPES_BACKEND_CLASS": "merchants.scopes.CredentialScopes",
    "CLIENT_SECRET_HASHER": "pbkdf2_sha256_random",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ALLOWED_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}

# Per credential; per address before authentication: "token" at /oauth/token, "refused" for calls without a sufficient
# token or scope.
API_RATES = {
    "default": env.str("API_RATE", default="6000/minute"),
    "refused": env.str("API_REFUSED_RATE", default="300/minute"),
    "token": "60/minute",
}
PROBLEM_PATH_PREFIX = "/api/"
PROBLEM_TYPE_PREFIX = "/problems/"
REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["hongmi.lib.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["merchants.auth.PartnerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["merchants.auth.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["hongmi.lib.throttling.CallerThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # OPTIONS would describe the serializers to anyone; the OpenAPI document does that.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "hongmi.lib.problems.respond",
    "URL_FORMAT_OVERRIDE": None,
    "DATETIME_FORMAT": "iso-8601",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hongmi partner API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # The description is public; the calls it describes need a token.
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hongmi.lib.openapi.describe_common_parts",
    ],
    # Two responses hold a voucher's status, so its enum needs a name of its own.
    "ENUM_NAME_OVERRIDES": {"VoucherStatusEnum": "redemption.models.VoucherStatus"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
# A batch of 1,000 purchases is 5 MB at most; the parser holds every other call to 1 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
