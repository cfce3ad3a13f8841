"""`/oauth/token`: a partner system exchanges its id and secret for a token (RFC 6749, client credentials only)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import TokenView as LibraryTokenView

from hongmi.lib import throttling
from merchants import partner_tokens


class PartnerValidator(OAuth2Validator):
    """The library's validator, but only for ids of printable ASCII: a NUL would be a 500 from PostgreSQL."""

    def _load_application(self, client_id: str | None, request: Any) -> Any:
        if not client_id or not (client_id.isascii() and client_id.isprintable()):
            return None
        return super()._load_application(client_id, request)

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        super().save_bearer_token(token, request, *args, **kwargs)
        partner_tokens.expect(partner_tokens.checksum_of(token["access_token"].encode()))


@method_decorator(csrf_exempt, name="dispatch")
class TokenView(LibraryTokenView):
    """The library's endpoint behind a rate limit by address; errors have the form of RFC 6749, not problem+json."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowance = throttling.hit(scope="token", caller=throttling.caller_at(request))
        request.rate_allowance = allowance  # type: ignore[attr-defined]
        if not allowance.is_allowed:
            return JsonResponse({"error": "slow_down"}, status=429)
        # Because the library stores some parameters unchecked, and PostgreSQL refuses a NUL, which would be a 500.
        if any("\x00" in value for name in request.POST for value in (name, *request.POST.getlist(name))):
            return JsonResponse({"error": "invalid_request"}, status=400)
        return super().post(request, *args, **kwargs)
