"""Callbacks of payment providers, authenticated by their signature alone: no token, no session."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from redemption.operations import payments
from redemption.payments import ForgedNotice, NoSuchProvider, provider_of


@csrf_exempt
@require_POST
def payment_notice(request: HttpRequest, provider: str) -> HttpResponse:
    """204 once the notice is settled, whatever its verdict, because a provider repeats an unacknowledged notice."""
    moment = timezone.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        notice = provider_of(provider).read_notice(headers=headers, body=request.body, moment=moment)
    except NoSuchProvider:
        return HttpResponse(status=404)
    except ForgedNotice:
        return JsonResponse({"code": "FAIL", "message": "signature"}, status=401)
    payments.settle(provider=provider, notice=notice, moment=moment)
    return HttpResponse(status=204)
